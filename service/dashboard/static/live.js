// Follows the service's events and refreshes the page, at most about once a second.

const PAUSE = 1000; // ms between two refreshes, at least
const SHARE = 3; // a slow refresh is followed by a pause this many times as long

// Every kind of event the service emits; the stream names them, so each needs a listener.
export const KINDS = [
  "study_created", "study_changed", "study_planned", "study_complete", "trials_enqueued", "epochs", "verdict",
  "trial_running", "trial_released", "trial_rejudged", "attempt_lost",
  "trial_complete", "trial_pruned", "trial_infeasible", "trial_failed", "trial_cancelled",
];

// `follow` is "all", "study", "trial" or "no"; `refresh` resolves to the fresh page's own dataset.
export function follow({ follow: what, event, study, trial, every }, refresh) {
  if (what === "no") return;
  const source = new EventSource(`/v1/events?after=${event}${what === "all" ? "" : `&study=${study}`}`);
  const ask = debounced(async () => {
    const next = await refresh();
    if (next.follow === "no") source.close();
  });
  for (const kind of KINDS) {
    source.addEventListener(kind, (message) => {
      if (what !== "trial" || concerns(JSON.parse(message.data), Number(trial))) ask();
    });
  }
  if (every) setInterval(ask, Number(every) * 1000);
  addEventListener("pagehide", () => source.close());
}

function concerns(event, trial) {
  return event.trial === null ? (event.data.trials ?? [trial]).includes(trial) : event.trial === trial;
}

function debounced(work) {
  let due = false;
  let busy = false;
  async function run() {
    due = false;
    busy = true;
    const began = performance.now();
    try {
      await work();
    } catch (error) {
      console.warn(`could not refresh; trying again with the next event: ${error.message}`);
    }
    setTimeout(() => {
      busy = false;
      if (due) run();
    }, Math.max(PAUSE, SHARE * (performance.now() - began)));
  }
  return () => {
    due = true;
    if (!busy) run();
  };
}
