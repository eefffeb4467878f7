// The guards' book: the windows of every stream, in total and by provider, and what of them is not saved yet.
//
// Promises: a bounded number of windows by provider (the one that was longest without an event goes first; totals stay as
// long as they hold anything); facts from before a stream was resumed are not counted. Leaves judging and saving to guard.ts.
import { ALL_PROVIDERS, type Rate } from '../../domain/guard.ts';
import type { GuardFact } from '../../domain/guard-fact.ts';
import { GuardWindows, type KeptWindows } from '../../domain/guard-windows.ts';
import type { GuardChanges, GuardMemory, StreamKey } from '../../ports/guard-store.ts';
import { streamName } from './guard-notes.ts';

export interface Counted extends StreamKey {
  readonly provider: string;
  readonly fact: GuardFact;
  readonly at: number;
  /** When the message was accepted. */
  readonly acceptedAt: number;
  /** Told by a report that came back, long after the attempt. */
  readonly isLate: boolean;
}

export interface GuardBook {
  count(counted: Counted, now: number): void;
  /** Streams with facts since the last call that can have made a rate worse. */
  takeWorsened(): readonly StreamKey[];
  /** All providers first. Those without anything to show are left out. */
  rates(stream: StreamKey, now: number): readonly Rate[];
  streams(): readonly StreamKey[];
  /** Forgets the stream, and from now on everything of before: facts until `at`, mail that was accepted until `heldAt`. */
  forget(stream: StreamKey, since: { readonly at: number; readonly heldAt: number }): void;
  /** The latter half of `forget`, where what is kept was counted since. */
  ignoreBefore(stream: StreamKey, since: { readonly at: number; readonly heldAt: number }): void;
  /** Lets go of streams that have nothing left within any span. */
  sweep(now: number): void;
  /** What has changed since the last call. */
  takeChanges(now: number): Pick<GuardChanges, 'cleared' | 'dropped' | 'windows'>;
  /** Gives back what could not be saved. */
  putBack(changes: Pick<GuardChanges, 'cleared' | 'dropped' | 'windows'>): void;
}

interface Page extends StreamKey {
  readonly total: GuardWindows;
  readonly providers: Map<string, GuardWindows>;
}

interface Place {
  readonly page: Page;
  readonly provider: string;
}

interface State {
  readonly pages: Map<string, Page>;
  /** Windows by provider, the one longest without an event first. */
  readonly recent: Map<string, Place>;
  readonly forgotten: Map<string, { readonly at: number; readonly heldAt: number }>;
  readonly worsened: Set<Page>;
  /** By key of window. */
  dirty: Map<string, Place>;
  dropped: Map<string, StreamKey & { readonly provider: string }>;
  cleared: Map<string, StreamKey>;
  readonly maxWindows: number;
}

export function createGuardBook(memory: GuardMemory, maxWindows: number): GuardBook {
  const state: State = {
    pages: new Map(),
    recent: new Map(),
    forgotten: new Map(),
    worsened: new Set(),
    dirty: new Map(),
    dropped: new Map(),
    cleared: new Map(),
    maxWindows,
  };
  const isTotal = (provider: string): boolean => provider === ALL_PROVIDERS;
  for (const row of memory.windows.filter(({ provider }) => isTotal(provider))) openPage(state, row, row.windows);
  for (const row of memory.windows.filter(({ provider }) => !isTotal(provider))) {
    const page = state.pages.get(streamName(row)) ?? openPage(state, row);
    addProvider(state, page, row.provider, new GuardWindows(row.windows));
  }
  return {
    count: (counted, now) => count(state, counted, now),
    takeWorsened() {
      const streams = [...state.worsened];
      state.worsened.clear();
      return streams;
    },
    rates: (stream, now) => ratesOf(state.pages.get(streamName(stream)), now),
    streams: () => [...state.pages.values()],
    forget: (stream, since) => forget(state, stream, since),
    ignoreBefore: (stream, since) => void state.forgotten.set(streamName(stream), since),
    sweep(now) {
      for (const page of state.pages.values()) if (page.total.isEmpty(now)) close(state, page);
    },
    takeChanges: (now) => takeChanges(state, now),
    putBack: (changes) => putBack(state, changes),
  };
}

const FOUND_OUT_LATE = { at: 0, heldAt: 0 };

function count(state: State, counted: Counted, now: number): void {
  const { fact, at, acceptedAt, provider, isLate } = counted;
  const name = streamName(counted);
  const since = state.forgotten.get(name) ?? FOUND_OUT_LATE;
  const isSince = acceptedAt >= since.heldAt;
  const isOfNow = fact !== 'complained' && at >= since.at && (isSince || !isLate);
  const isSentSince = (fact === 'delivered' || fact === 'complained') && isSince;
  if (!isOfNow && !isSentSince) return;
  const page = state.pages.get(name) ?? openPage(state, counted);
  for (const windows of [page.total, providerWindows(state, page, provider)]) {
    if (isOfNow) windows.happened(fact, at, now);
    if (isSentSince) windows.sent(fact, acceptedAt, now);
  }
  state.dirty.set(windowName(name, ALL_PROVIDERS), { page, provider: ALL_PROVIDERS });
  state.dirty.set(windowName(name, provider), { page, provider });
  // A delivery only ever makes a rate better.
  if (fact !== 'delivered') state.worsened.add(page);
}

function openPage(state: State, { serverId, streamId }: StreamKey, kept?: KeptWindows): Page {
  const page: Page = { serverId, streamId, total: new GuardWindows(kept), providers: new Map() };
  state.pages.set(streamName(page), page);
  return page;
}

function providerWindows(state: State, page: Page, provider: string): GuardWindows {
  const found = page.providers.get(provider);
  if (found === undefined) return addProvider(state, page, provider, new GuardWindows());
  const name = windowName(streamName(page), provider);
  const place = state.recent.get(name);
  state.recent.delete(name);
  state.recent.set(name, place ?? { page, provider });
  return found;
}

function addProvider(state: State, page: Page, provider: string, windows: GuardWindows): GuardWindows {
  page.providers.set(provider, windows);
  state.recent.set(windowName(streamName(page), provider), { page, provider });
  for (const [name, oldest] of state.recent) {
    if (state.recent.size <= state.maxWindows) break;
    remove(state, name, oldest);
  }
  return windows;
}

function remove(state: State, name: string, { page, provider }: Place): void {
  state.recent.delete(name);
  state.dirty.delete(name);
  page.providers.delete(provider);
  state.dropped.set(name, { serverId: page.serverId, streamId: page.streamId, provider });
}

function ratesOf(page: Page | undefined, now: number): readonly Rate[] {
  if (page === undefined) return [];
  const providers = [...page.providers].sort(([a], [b]) => (a < b ? -1 : 1));
  return [[ALL_PROVIDERS, page.total] as const, ...providers]
    .flatMap(([provider, windows]) => windows.rates(provider, now))
    .filter(({ part, whole }) => part > 0 || whole > 0);
}

function forget(state: State, stream: StreamKey, since: { readonly at: number; readonly heldAt: number }): void {
  const name = streamName(stream);
  const page = state.pages.get(name);
  state.forgotten.set(name, since);
  // Rows may be kept of a stream that has no page: cleared all the same.
  state.cleared.set(name, { serverId: stream.serverId, streamId: stream.streamId });
  if (page !== undefined) close(state, page);
}

function close(state: State, page: Page): void {
  const name = streamName(page);
  state.cleared.set(name, { serverId: page.serverId, streamId: page.streamId });
  for (const provider of [ALL_PROVIDERS, ...page.providers.keys()]) {
    state.recent.delete(windowName(name, provider));
    state.dirty.delete(windowName(name, provider));
    state.dropped.delete(windowName(name, provider));
  }
  state.worsened.delete(page);
  state.pages.delete(name);
}

type Changes = Pick<GuardChanges, 'cleared' | 'dropped' | 'windows'>;

function takeChanges(state: State, now: number): Changes {
  const written = [...state.dirty].map(([name, place]) => ({ name, place, windows: windowsAt(place) }));
  const changes: Changes = {
    cleared: [...state.cleared.values()],
    dropped: [...state.dropped.values()],
    windows: written.map(({ place: { page, provider }, windows }) => ({
      serverId: page.serverId,
      streamId: page.streamId,
      provider,
      windows: windows.kept(now),
    })),
  };
  state.dirty = new Map();
  state.dropped = new Map();
  state.cleared = new Map();
  return changes;
}

function putBack(state: State, { cleared, dropped, windows }: Changes): void {
  for (const stream of cleared) state.cleared.set(streamName(stream), stream);
  for (const row of dropped) {
    const name = windowName(streamName(row), row.provider);
    if (!state.recent.has(name)) state.dropped.set(name, row);
  }
  for (const { provider, ...stream } of windows) {
    const page = state.pages.get(streamName(stream));
    if (page === undefined || (provider !== ALL_PROVIDERS && !page.providers.has(provider))) continue;
    state.dirty.set(windowName(streamName(stream), provider), { page, provider });
  }
}

function windowsAt({ page, provider }: Place): GuardWindows {
  return (provider === ALL_PROVIDERS ? undefined : page.providers.get(provider)) ?? page.total;
}

function windowName(stream: string, provider: string): string {
  return `${stream} ${provider}`;
}
