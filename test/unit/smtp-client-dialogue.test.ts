// The dialogue's deadlines and losses, with a socket and a clock that the test moves.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { Dialogue } from '../../src/mail/smtp/client-dialogue.ts';

type Callback = (error?: Error) => void;

class FakeSocket extends EventEmitter {
  writableLength = 0;
  destroyed = false;
  readonly callbacks: Callback[] = [];
  write(_data: unknown, callback?: Callback): boolean {
    if (callback !== undefined) this.callbacks.push(callback);
    return true;
  }
  destroy(): void {
    this.destroyed = true;
  }
}

function fakeClock() {
  let tasks: { at: number; task: () => void }[] = [];
  const clock = {
    time: 0,
    timers: 0,
    now: () => clock.time,
    after: (ms: number, task: () => void) => {
      const entry = { at: clock.time + ms, task };
      tasks.push(entry);
      clock.timers += 1;
      return () => {
        tasks = tasks.filter((other) => other !== entry);
      };
    },
    to: (time: number) => {
      clock.time = time;
      const due = tasks.filter(({ at }) => at <= time);
      tasks = tasks.filter(({ at }) => at > time);
      for (const { task } of due) task();
    },
    pending: () => tasks.length,
  };
  return clock;
}

function talk() {
  const socket = new FakeSocket();
  const clock = fakeClock();
  const dialogue = new Dialogue(socket as unknown as Socket, clock);
  const say = (text: string): void => void socket.emit('data', Buffer.from(text));
  return { socket, clock, dialogue, say };
}

/** The value of a promise that has settled by now, or `waiting`. */
async function now(promise: Promise<unknown>): Promise<unknown> {
  const waiting = new Promise((resolve) => setImmediate(() => resolve('waiting')));
  return Promise.race([promise, waiting]);
}

const TIMEOUT = { kind: 'lost', cause: 'timeout', note: '' };

test('each wait has its own deadline, counted from its beginning', async () => {
  const { clock, dialogue, say } = talk();
  const first = dialogue.next(100);
  clock.to(50);
  say('250 one\r\n');
  assert.equal((await first).kind, 'reply');
  const second = dialogue.next(100);
  clock.to(100);
  assert.equal(await now(second), 'waiting');
  clock.to(149);
  assert.equal(await now(second), 'waiting');
  clock.to(150);
  assert.deepEqual(await now(second), TIMEOUT);
});

test('a short wait after a long one is not late', async () => {
  const { clock, dialogue, say } = talk();
  const first = dialogue.next(10_000);
  say('250 one\r\n');
  await first;
  const second = dialogue.next(10);
  clock.to(10);
  assert.deepEqual(await now(second), TIMEOUT);
});

test('many waits share one timer, which does nothing once nobody waits', async () => {
  const { clock, dialogue, say } = talk();
  for (let count = 0; count < 100; count += 1) {
    const waiting = dialogue.next(1000);
    say('250 ok\r\n');
    await waiting;
  }
  assert.equal(clock.timers, 1);
  clock.to(5000);
  assert.equal(dialogue.loss, undefined);
  assert.equal(clock.pending(), 0);
});

test('replies that came before the end are handed out, then the loss, for ever', async () => {
  const { socket, dialogue, say } = talk();
  say('250 one\r\n421 two\r\n');
  socket.emit('end');
  socket.emit('error', new Error('later'));
  assert.equal((await dialogue.next(1)).kind, 'reply');
  assert.equal((await dialogue.next(1)).kind, 'reply');
  const closed = { kind: 'lost', cause: 'closed', note: '' };
  assert.deepEqual(await dialogue.next(1), closed);
  assert.deepEqual(await dialogue.next(1), closed);
  assert.ok(socket.destroyed);
});

test('a chunk is waited for until the system has taken that very chunk', async () => {
  const { socket, dialogue } = talk();
  await dialogue.write(Buffer.from('first'), 100);
  socket.writableLength = 6;
  const second = dialogue.write(Buffer.from('second'), 100);
  socket.callbacks[0]?.();
  assert.equal(await now(second), 'waiting');
  socket.callbacks[1]?.();
  assert.equal(await now(second), undefined);
});

test('a chunk that could not be written is a loss, even before the socket says so', async () => {
  const { socket, dialogue } = talk();
  socket.writableLength = 5;
  const written = dialogue.write(Buffer.from('chunk'), 100);
  socket.callbacks[0]?.(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  assert.deepEqual(await now(written), { kind: 'lost', cause: 'reset', note: 'EPIPE' });
});

test('a chunk that is not taken in time is a loss', async () => {
  const { socket, clock, dialogue } = talk();
  socket.writableLength = 5;
  const written = dialogue.write(Buffer.from('chunk'), 100);
  clock.to(100);
  assert.deepEqual(await now(written), TIMEOUT);
});

test('replies to nothing are bounded', () => {
  const { dialogue, say } = talk();
  say('250 ok\r\n'.repeat(1999));
  const before = dialogue.loss;
  say('250 ok\r\n'.repeat(10));
  assert.deepEqual([before, dialogue.loss?.cause], [undefined, 'garbage']);
});

test('a loss is told once to who asked for it, and leaves no timer', async () => {
  const { clock, dialogue } = talk();
  let told = 0;
  dialogue.onLost(() => (told += 1));
  const waiting = dialogue.next(100);
  dialogue.lose('aborted', 'enough');
  dialogue.lose('closed');
  assert.deepEqual(await waiting, { kind: 'lost', cause: 'aborted', note: 'enough' });
  assert.equal(told, 1);
  assert.equal(clock.pending(), 0);
});
