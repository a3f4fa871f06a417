// Follows the service's events and refreshes the page, at most about once a second.

const PAUSE = 1000; // ms between two refreshes, at least
const SHARE = 3; // a slow refresh is followed by a pause this many times as long
const RETRY = 3000; // ms until a stream that was refused is asked for again
const SILENCE = 5000; // ms without the service before the reader is told
const PATIENCE = 2000; // ms that it is given to say why

// Every kind of event the service emits; the stream names them, so each needs a listener.
export const KINDS = [
  "study_created", "study_changed", "study_planned", "study_complete", "study_deleted", "trials_enqueued", "epochs", "verdict",
  "trial_running", "trial_released", "trial_rejudged", "attempt_lost",
  "trial_complete", "trial_pruned", "trial_infeasible", "trial_failed", "trial_cancelled",
];

// `follow` is "all", "study", "trial" or "no"; `refresh` resolves to the fresh page's own dataset.
export function follow(page, refresh) {
  if (page.follow === "no") return;
  let after = page.event;
  let over = false;
  let stop = () => {};
  const ask = debounced(async () => {
    const next = await refresh();
    after = next.event;
    over = next.follow === "no";
    if (over) stop();
  });
  const start = () => {
    stop = listen(page, after, ask);
  };
  start();
  if (page.every) setInterval(ask, Number(page.every) * 1000);
  addEventListener("pagehide", () => stop());
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted || over) return; // persisted: the back button brings the page as it was left
    start();
    ask();
  });
}

// Calls `ask` when something changes, and when the service answers again after a silence. What it
// returns ends that.
function listen({ follow: what, study, trial }, after, ask) {
  let source = null;
  let lost = false;
  let again = 0;
  const silence = said();
  const begin = () => {
    source = new EventSource(`/v1/events?after=${after}${what === "all" ? "" : `&study=${study}`}`);
    source.addEventListener("open", () => {
      silence.ends();
      if (lost) ask();
      lost = false;
    });
    source.addEventListener("error", () => {
      lost = true;
      silence.begins();
      if (source.readyState === EventSource.CLOSED) again = setTimeout(begin, RETRY); // else it tries by itself
    });
    for (const kind of KINDS) {
      source.addEventListener(kind, (message) => {
        if (what !== "trial" || concerns(JSON.parse(message.data), Number(trial))) ask();
      });
    }
  };
  begin();
  return () => {
    clearTimeout(again);
    source.close();
    silence.ends();
  };
}

// A quiet line at the foot of the page while the service is silent for longer than a moment.
function said() {
  const line = document.querySelector(".silence") ?? Object.assign(document.createElement("p"), { className: "silence" });
  let timer = 0;
  line.setAttribute("role", "status");
  document.body.append(line);
  return {
    begins() {
      timer ||= setTimeout(async () => {
        const own = timer;
        const sentence = await why();
        if (timer !== own) return; // it has ended meanwhile
        timer = 0; // so that the next error asks anew
        if (line.textContent !== text(sentence)) line.replaceChildren(...sentence);
      }, SILENCE);
    },
    ends() {
      clearTimeout(timer);
      timer = 0;
      line.textContent = "";
    },
  };
}

// What the reader is told of a stream that has been silent: the token may have ended.
async function why() {
  const reply = await fetch("/v1/studies?limit=1", { signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
  if (reply === null || reply.status >= 500) return ["The service does not answer; trying again."];
  if (reply.status !== 401) return ["Updates do not arrive; trying again."];
  const here = encodeURIComponent(location.pathname + location.search);
  const link = Object.assign(document.createElement("a"), { href: `/login?next=${here}`, textContent: "Sign in" });
  return ["You are signed out. ", link, " to follow this page."];
}

function text(sentence) {
  return sentence.map((part) => part.textContent ?? part).join("");
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
