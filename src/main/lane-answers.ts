// What a lane's thread answers to those who explain it: put together from its queue and its dispatcher.
import type { LaneAnswers } from '../ports/lane-questions.ts';

export function laneAnswers(): LaneAnswers {
  return {
    pending: () => [],
    overview: () => ({ backlog: [], sites: [] }),
  };
}
