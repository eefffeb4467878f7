import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupCommit, type GroupCommitOptions } from '../../src/lib/group-commit.ts';

interface Item {
  readonly name: string;
  readonly size: number;
}

const item = (name: string, size = 1): Item => ({ name, size });

function setUp(wanted: Partial<GroupCommitOptions<Item>> = {}) {
  const groups: string[][] = [];
  const tasks: (() => void)[] = [];
  const group = new GroupCommit<Item>({
    commit: (items) => void groups.push(items.map(({ name }) => name)),
    retry: () => [],
    sizeOf: ({ size }) => size,
    maxItems: 100,
    maxBytes: 100,
    schedule: (task) => tasks.push(task),
    ...wanted,
  });
  /** Runs what is scheduled until nothing is. */
  const run = async (): Promise<void> => {
    await settled();
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      task();
      await settled();
    }
  };
  return { group, groups, tasks, run };
}

/** Lets all promises that can go on do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function outcomes(promises: readonly Promise<void>[]): Promise<string[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => (result.status === 'fulfilled' ? 'kept' : String(result.reason)));
}

test('what is added in one turn is one group, in order', async () => {
  const { group, groups, tasks, run } = setUp();
  const added = ['a', 'b', 'c'].map((name) => group.add(item(name)));
  assert.deepEqual(groups, [], 'nothing is written at once');
  assert.equal(tasks.length, 1);
  await run();
  await Promise.all(added);
  assert.deepEqual(groups, [['a', 'b', 'c']]);
});

test('nothing resolves before its group is committed', async () => {
  const gate = Promise.withResolvers<void>();
  const { group, run } = setUp({ commit: () => gate.promise });
  let kept = false;
  const added = group.add(item('a')).then(() => (kept = true));
  await run();
  assert.equal(kept, false);
  gate.resolve();
  await added;
});

test('what comes while a commit runs is the next group', async () => {
  const gate = Promise.withResolvers<void>();
  const groups: string[][] = [];
  const { group, run } = setUp({
    commit: (items) => {
      groups.push(items.map(({ name }) => name));
      return groups.length === 1 ? gate.promise : undefined;
    },
  });
  const first = group.add(item('a'));
  await run();
  const others = [group.add(item('b')), group.add(item('c'))];
  await run();
  assert.deepEqual(groups, [['a']]);
  gate.resolve();
  await first;
  await run();
  await Promise.all(others);
  assert.deepEqual(groups, [['a'], ['b', 'c']]);
});

for (const { name, sizes, maxItems, maxBytes, wanted } of [
  { name: 'by items', sizes: [1, 1, 1, 1, 1], maxItems: 2, maxBytes: 100, wanted: [2, 2, 1] },
  { name: 'by bytes', sizes: [40, 40, 40, 10, 50], maxItems: 100, maxBytes: 100, wanted: [2, 3] },
  {
    name: 'to one where it is larger than a group',
    sizes: [10, 500, 10],
    maxItems: 9,
    maxBytes: 100,
    wanted: [1, 1, 1],
  },
]) {
  test(`a group is bounded ${name}`, async () => {
    const { group, groups, run } = setUp({ maxItems, maxBytes });
    const added = sizes.map((size, index) => group.add(item(`${index}`, size)));
    await run();
    await Promise.all(added);
    assert.deepEqual(
      groups.map(({ length }) => length),
      wanted,
    );
  });
}

test('the bytes that wait are counted until their group is taken', async () => {
  const { group, run } = setUp();
  const added = [group.add(item('a', 30)), group.add(item('b', 12))];
  assert.equal(group.waitingBytes, 42);
  await run();
  await Promise.all(added);
  assert.equal(group.waitingBytes, 0);
});

test('a group that fails rejects all of it, and the next one goes on', async () => {
  let calls = 0;
  const { group, run } = setUp({
    commit: () => {
      calls += 1;
      if (calls === 1) throw new Error('full');
    },
  });
  const first = outcomes([group.add(item('a')), group.add(item('b'))]);
  await run();
  assert.deepEqual(await first, ['Error: full', 'Error: full']);
  const second = outcomes([group.add(item('c'))]);
  await run();
  assert.deepEqual(await second, ['kept']);
});

test('one bad item does not fail the others where each is tried again alone', async () => {
  const { group, run } = setUp({
    commit: (items) => {
      if (items.some(({ name }) => name === 'bad')) throw new Error('constraint');
    },
    retry: (items) => items.map((one) => [one]),
  });
  const results = outcomes(['a', 'bad', 'c'].map((name) => group.add(item(name))));
  await run();
  assert.deepEqual(await results, ['kept', 'Error: constraint', 'kept']);
});

test('items that are not tried again fail with the first error', async () => {
  let calls = 0;
  const { group, run } = setUp({
    commit: () => {
      calls += 1;
      if (calls === 1) throw new Error('full');
    },
    retry: (items) => [items.filter(({ size }) => size < 5)],
  });
  const results = outcomes([group.add(item('big', 50)), group.add(item('small', 1))]);
  await run();
  assert.deepEqual(await results, ['Error: full', 'kept']);
});

test('a group that would be tried again as it is fails instead', async () => {
  let calls = 0;
  const { group, run } = setUp({
    commit: () => {
      calls += 1;
      throw new Error('always');
    },
    retry: (items) => [items],
  });
  const results = outcomes([group.add(item('a')), group.add(item('b'))]);
  await run();
  assert.deepEqual(await results, ['Error: always', 'Error: always']);
  assert.equal(calls, 1);
});

test('close waits for what was added, and takes nothing after it', async () => {
  const { group, groups, run } = setUp({ maxItems: 1 });
  const added = [group.add(item('a')), group.add(item('b'))];
  const closed = group.close();
  await assert.rejects(group.add(item('c')), /after close/);
  await run();
  await closed;
  await Promise.all(added);
  assert.deepEqual(groups, [['a'], ['b']]);
  await group.close();
});

test('without a schedule of its own it waits for one turn of the event loop', async () => {
  const groups: number[] = [];
  const options = { retry: () => [], sizeOf: () => 1, maxItems: 100, maxBytes: 100 };
  const group = new GroupCommit<Item>({ ...options, commit: (items) => void groups.push(items.length) });
  await Promise.all([group.add(item('a')), Promise.resolve().then(() => group.add(item('b')))]);
  assert.deepEqual(groups, [2]);
});
