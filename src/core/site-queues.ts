// Jobs that are ready to go, by site: each site in order of arrival, the sites in turn, never more at a time than allowed
// per site and in all. Bounded by the window of the lane, which everything here came out of.
import type { Site } from '../ports/egress.ts';

export interface SiteQueuesOptions<Job> {
  readonly maxJobs: number;
  readonly maxJobsPerSite: number;
  /** Does the job; the place is free when it resolves. It must not reject. */
  readonly run: (site: Site, job: Job) => Promise<void>;
}

export interface SiteQueues<Job> {
  add(site: Site, job: Job): void;
  /** Starts no more jobs and gives back those that were not started. */
  drain(): readonly Job[];
  readonly load: () => { readonly jobs: number; readonly sites: number };
}

interface SiteState<Job> {
  /** The newest description: hosts may have changed since the first job. */
  site: Site;
  readonly waiting: Job[];
  active: number;
}

export function createSiteQueues<Job>({ maxJobs, maxJobsPerSite, run }: SiteQueuesOptions<Job>): SiteQueues<Job> {
  const sites = new Map<string, SiteState<Job>>();
  /** Sites that have a job waiting and may start one, in the order of their turns. */
  const turns = new Set<SiteState<Job>>();
  let jobs = 0;
  let draining = false;

  function add(site: Site, job: Job): void {
    const known = sites.get(site.key) ?? { site, waiting: [], active: 0 };
    known.site = site;
    known.waiting.push(job);
    sites.set(site.key, known);
    if (known.active < maxJobsPerSite) turns.add(known);
    start();
  }

  function start(): void {
    for (const state of turns) {
      if (jobs >= maxJobs || draining) return;
      turns.delete(state);
      const job = state.waiting.shift();
      if (job === undefined) continue;
      state.active += 1;
      jobs += 1;
      // A set visits what is added during the walk: the site comes again after the others.
      if (state.waiting.length > 0 && state.active < maxJobsPerSite) turns.add(state);
      void run(state.site, job).then(() => ended(state));
    }
  }

  function ended(state: SiteState<Job>): void {
    state.active -= 1;
    jobs -= 1;
    if (state.waiting.length > 0) turns.add(state);
    else if (state.active === 0) sites.delete(state.site.key);
    start();
  }

  function drain(): readonly Job[] {
    draining = true;
    return [...sites.values()].flatMap((state) => state.waiting.splice(0));
  }

  return { add, drain, load: () => ({ jobs, sites: sites.size }) };
}
