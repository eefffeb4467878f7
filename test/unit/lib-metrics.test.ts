// Metrics: declared once, rendered as Prometheus text, merged over threads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { createMetrics, renderMetrics, type MetricsSnapshot } from '../../src/lib/metrics.ts';

/** The lines that carry values, sorted. */
const values = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .sort();

function sample() {
  const metrics = createMetrics();
  return {
    metrics,
    accepted: metrics.counter({ name: 'accepted_total', help: 'Messages accepted.', labels: ['door'] }),
    restarts: metrics.counter({ name: 'restarts_total', help: 'Restarts.' }),
    queued: metrics.gauge({ name: 'queued', help: 'Messages waiting.', labels: ['lane'] }),
    wait: metrics.histogram({ name: 'wait_seconds', help: 'Waiting time.', buckets: [0.1, 1] }),
  };
}

function throughAPort(snapshot: MetricsSnapshot): MetricsSnapshot {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(snapshot);
  const received = receiveMessageOnPort(port2) as { message: MetricsSnapshot };
  port1.close();
  return received.message;
}

test('each kind of metric is rendered with its help text', async () => {
  const { metrics, accepted, restarts, queued, wait } = sample();
  accepted.inc({ door: 'smtp' });
  accepted.inc({ door: 'smtp' }, 4);
  accepted.inc({ door: 'api' });
  restarts.inc();
  restarts.inc(2);
  queued.set({ lane: 'a' }, 7);
  queued.add({ lane: 'a' }, -2);
  wait.observe(0.05);
  wait.observe(3);
  const text = await metrics.render();
  assert.match(text, /# HELP accepted_total Messages accepted\.\n# TYPE accepted_total counter/);
  assert.match(text, /# TYPE wait_seconds histogram/);
  assert.deepEqual(values(text), [
    'accepted_total{door="api"} 1',
    'accepted_total{door="smtp"} 5',
    'queued{lane="a"} 5',
    'restarts_total 3',
    'wait_seconds_bucket{le="+Inf"} 2',
    'wait_seconds_bucket{le="0.1"} 1',
    'wait_seconds_bucket{le="1"} 1',
    'wait_seconds_count 2',
    'wait_seconds_sum 3.05',
  ]);
});

test('a gauge can be read at the moment of rendering', async () => {
  const metrics = createMetrics();
  let depth = 3;
  metrics.gauge({ name: 'depth', help: 'Depth.', read: () => depth });
  assert.deepEqual(values(await metrics.render()), ['depth 3']);
  depth = 9;
  assert.deepEqual(values(await metrics.render()), ['depth 9']);
});

test('snapshots of several threads become one text', async () => {
  const one = sample();
  const two = sample();
  one.accepted.inc({ door: 'smtp' }, 2);
  two.accepted.inc({ door: 'smtp' }, 3);
  two.accepted.inc({ door: 'api' });
  one.queued.set({ lane: 'a' }, 10);
  two.queued.set({ lane: 'b' }, 20);
  one.wait.observe(0.05);
  two.wait.observe(0.5);
  two.metrics.counter({ name: 'only_here_total', help: 'Only in one thread.' }).inc(8);
  const snapshots = await Promise.all([one.metrics.snapshot(), two.metrics.snapshot()]);
  const text = await renderMetrics(snapshots.map(throughAPort));
  assert.match(text, /# HELP queued Messages waiting\.\n# TYPE queued gauge/);
  assert.deepEqual(values(text), [
    'accepted_total{door="api"} 1',
    'accepted_total{door="smtp"} 5',
    'only_here_total 8',
    'queued{lane="a"} 10',
    'queued{lane="b"} 20',
    'restarts_total 0',
    'wait_seconds_bucket{le="+Inf"} 2',
    'wait_seconds_bucket{le="0.1"} 1',
    'wait_seconds_bucket{le="1"} 2',
    'wait_seconds_count 2',
    'wait_seconds_sum 0.55',
  ]);
});

test('a gauge says how its values of several threads become one', async () => {
  const snapshotWith = async (value: number): Promise<MetricsSnapshot> => {
    const metrics = createMetrics();
    metrics.gauge({ name: 'oldest_seconds', help: 'Oldest.', merge: 'max' }).set(value);
    return metrics.snapshot();
  };
  const text = await renderMetrics([await snapshotWith(4), await snapshotWith(11)]);
  assert.deepEqual(values(text), ['oldest_seconds 11']);
});

test('a snapshot is a picture: later counting does not change it', async () => {
  const { metrics, restarts } = sample();
  const before = await metrics.snapshot();
  restarts.inc(5);
  assert.ok(values(await renderMetrics([before])).includes('restarts_total 0'));
});

test('a name can be declared once on a registry, and again on another', () => {
  const metrics = createMetrics();
  metrics.counter({ name: 'a_total', help: 'A.' });
  assert.throws(() => metrics.counter({ name: 'a_total', help: 'A.' }));
  createMetrics().counter({ name: 'a_total', help: 'A.' });
});

test('no snapshots render to an empty text', async () => {
  assert.deepEqual(values(await renderMetrics([])), []);
});
