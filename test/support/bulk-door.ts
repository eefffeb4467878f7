// The HTTP door over a desk for bulk requests in memory.
import { bulkWorld, type BulkWorld } from './bulk-world.ts';
import { openDoor, type Door, type DoorOptions } from './api-door.ts';
import type { BulkDesk } from '../../src/ports/bulk-desk.ts';

export interface BulkDoor extends Door {
  readonly world: BulkWorld;
}

export async function openBulkDoor(options: DoorOptions = {}, around: Around = {}): Promise<BulkDoor> {
  const world = await bulkWorld();
  // The door's servers are the world's: ids and settings are the same.
  const accept: BulkDesk['accept'] = (given) =>
    world.desk.accept({ ...given, server: given.server && { ...world.core.server, id: given.server.id } });
  const bulk = { ...world.desk, accept: around.accept === undefined ? accept : around.accept(accept) };
  return { ...openDoor({ ...options, bulk }), world };
}

export interface Around {
  /** In place of the desk's own. */
  readonly accept?: (accept: BulkDesk['accept']) => BulkDesk['accept'];
}
