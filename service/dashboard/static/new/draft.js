// The study as it is being written. The service reads and prints the YAML and says what is wrong.

const PAUSE = 200; // ms without a change before the service is asked

export class Draft {
  document = null; // null: the YAML cannot be read
  problems = [];
  samples = {};
  sampled = "";
  estimate = null;
  failed = null; // what the service has not taken in, "yaml" or "document": it did not answer
  #unread = false; // the YAML was changed, and what it means is not known yet
  #pending = null; // "yaml" or "document": what was changed last
  #timer = 0;
  #asked = 0; // number of the last question; older answers are dropped
  #answer = Promise.resolve();

  // `told(source)` is called with every answer; source is what had been changed.
  constructor(yaml, told) {
    this.yaml = yaml;
    this.told = told;
  }

  write(yaml) {
    this.yaml = yaml;
    this.#unread = true;
    this.#due("yaml");
  }

  // An edit waits for what was written in the YAML, else it would undo that; where that cannot be
  // read there is nothing to edit. Returns true if it is done at once.
  change(edit) {
    if (this.#unread) this.settled().then(() => this.#edited(edit));
    else this.#edited(edit);
    return !this.#unread;
  }

  #edited(edit) {
    if (this.#unread || this.document === null) return this.told("yaml");
    edit(this.document);
    this.#due("document");
  }

  // Resolves when the service has answered to the last change, or could not: then `failed` is set.
  async settled() {
    this.#pending ??= this.failed;
    if (this.#pending) this.#ask();
    await this.#answer;
  }

  #due(source) {
    this.#pending = source;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), PAUSE);
  }

  #ask() {
    clearTimeout(this.#timer);
    const source = this.#pending;
    this.#pending = null;
    this.#answer = this.#answered(source, ++this.#asked);
  }

  async #answered(source, number) {
    let answer;
    try {
      answer = await asked(source === "yaml" ? { yaml: this.yaml } : { document: this.document });
    } catch (error) {
      answer = { ...this, problems: [{ field: "yaml", message: error.message }], failed: source };
    }
    if (number !== this.#asked || this.#pending) return;
    const { problems, samples, sampled, estimate } = answer;
    Object.assign(this, { problems, samples, sampled, estimate, failed: answer.failed ?? null });
    if (source === "yaml" && !this.failed) this.#unread = false;
    if (source === "yaml") this.document = answer.document;
    else this.yaml = answer.yaml;
    this.told(source);
  }
}

async function asked(body) {
  const reply = await post("/v1/drafts", body);
  const answer = await reply.json().catch(() => null); // not ours: a proxy's page
  if (!reply.ok || !answer) throw new Error(answer?.detail ?? `the service answered ${reply.status}`);
  return answer;
}

export async function post(url, body) {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("the service does not answer; try again in a moment");
  }
}
