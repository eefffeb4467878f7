// The machine's monotonic clock in microseconds: the same in every process, so that a time taken in the load generator
// can be set against one taken in the sink.
const SECOND = 1_000_000;

export function nowMicros(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * SECOND + nanoseconds / 1000;
}

/** CPU time of this process so far, in microseconds. */
export function ownCpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
