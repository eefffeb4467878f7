// What a door hands over of a bulk request: read, of the right types, and not judged (contract sending 9.1).
import type { ApiError } from '../../domain/api-error.ts';
import type { BulkContent, BulkEntry } from '../../domain/bulk.ts';

export interface BulkDraft {
  readonly content: Omit<BulkContent, 'from' | 'inlineCss'> & {
    readonly from: string | undefined;
    readonly inlineCss: boolean | undefined;
  };
  readonly streamId: string | undefined;
  readonly entries: readonly BulkEntryDraft[];
  /** Of the request as it came. */
  readonly bytes: number;
}

export interface BulkEntryDraft extends BulkEntry {
  /** Found while the model was at hand as a value; it is kept as text. */
  readonly modelError?: ApiError;
}
