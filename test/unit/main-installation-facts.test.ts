// The roles that an installation tells: those that always run, and those that run since they were needed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installationFacts } from '../../src/main/installation-facts.ts';

const ALWAYS = ['http', 'smtp', 'mx', 'activity'];

for (const [what, bulk, added] of [
  ['was never needed is no role', undefined, []],
  ['runs is a role', true, [{ name: 'bulk', ready: true }]],
  ['ended is a role that is not ready', false, [{ name: 'bulk', ready: false }]],
] as const) {
  test(`a thread that ${what}`, async () => {
    const ready = () => true;
    const facts = installationFacts({
      version: '1',
      config: { hostname: 'mail.example.com', delivery: 'capture' },
      startedAt: 0,
      http: () => ['http://127.0.0.1:8025'],
      smtp: { addresses: [], ready, close: async () => undefined },
      mx: { addresses: [], ready, close: async () => undefined },
      lanes: { reports: async () => [] },
      activity: { ready },
      onDemand: { bulk: { ready: () => bulk }, templates: { ready: () => undefined } },
    });
    const { roles } = await facts();
    assert.deepEqual(roles, [...ALWAYS.map((name) => ({ name, ready: true })), ...added]);
  });
}
