// A thread that opens the control store, makes an account and so many servers in it.
import { workerData } from 'node:worker_threads';
import { DEFAULT_SERVER_SETTINGS } from '../../src/domain/server.ts';
import { openControlStore } from '../../src/backends/sqlite/control-store.ts';

const { file, name, servers } = workerData as { file: string; name: string; servers: number };
const store = openControlStore({ file, key: Buffer.alloc(32, 7) });
const accountId = await store.createAccount(name);
for (let made = 0; made < servers; made += 1) {
  await store.createServer(accountId, `Server ${made}`, DEFAULT_SERVER_SETTINGS);
}
await store.close();
