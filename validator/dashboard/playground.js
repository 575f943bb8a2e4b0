// Streams a completion and shows which expert spoke each token.
import { dot, make, nameOf, percent, tone } from "./format.js";
import { postEvents } from "./stream.js";

export class Playground {
  constructor(elements, miners) {
    Object.assign(this, { elements, miners, tokens: [], at: -1, running: null });
    elements.form.addEventListener("submit", (event) => { event.preventDefault(); this.ask(); });
    elements.halt.addEventListener("click", () => this.running?.abort());
    elements.answer.addEventListener("keydown", (event) => this.#walk(event));
    elements.answer.addEventListener("pointerover", (event) => {
      const index = this.tokens.findIndex((token) => token.element === event.target);
      if (index >= 0) this.#inspect(index);
    });
  }

  offer(models) {
    const { model } = this.elements;
    const known = [...model.options].map((option) => option.value);
    if (known.join() === models.join()) return;
    const chosen = model.value;
    model.replaceChildren(...models.map((name) => make("option", { text: name.length > 24 ? `${name.slice(0, 12)}…${name.slice(-4)}` : name, value: name })));
    model.value = models.includes(chosen) ? chosen : models[0];
  }

  async ask() {
    const { prompt, model, budget, temperature, answer, send, halt } = this.elements;
    this.running?.abort();
    const running = (this.running = new AbortController());
    this.tokens = [];
    this.at = -1;
    answer.replaceChildren(make("span", { className: "given", text: prompt.value }));
    send.disabled = true;
    halt.disabled = false;
    const body = {
      model: model.value, prompt: prompt.value, max_tokens: Number(budget.value) || 64,
      temperature: Number(temperature.value), stream: true, moe: { explain: true },
    };
    try {
      for await (const chunk of postEvents("/v1/completions", body, running.signal)) this.#hear(chunk);
    } catch (error) {
      if (error.name !== "AbortError") answer.append(make("span", { className: "error", text: `\n${error.message}` }));
    } finally {
      send.disabled = false;
      halt.disabled = true;
    }
  }

  #hear(chunk) {
    if (chunk.error) throw new Error(chunk.error.message);
    for (const choice of chunk.choices) {
      const words = choice.moe ?? [];
      const shown = words.map((word) => word.token).join("") === choice.text ? words.map((word) => word.token) : [choice.text];
      words.forEach((word, at) => this.#speak({ ...word, text: shown[at] ?? "" }));
    }
    this.#legend();
  }

  #speak(word) {
    const { answer } = this.elements;
    const atEnd = answer.scrollHeight - answer.scrollTop - answer.clientHeight < 40;
    const speaker = word.drafter ?? Object.entries(word.shares).reduce((best, one) => (one[1] > best[1] ? one : best), ["anchor", 0])[0];
    const element = make("span", { className: "token", text: word.text });
    element.style.setProperty("--tone", tone(speaker));
    this.tokens.push({ ...word, element });
    answer.append(element);
    if (atEnd) answer.scrollTop = answer.scrollHeight;
  }

  #legend() {
    const totals = new Map();
    for (const token of this.tokens) for (const [hotkey, share] of Object.entries(token.shares)) totals.set(hotkey, (totals.get(hotkey) ?? 0) + share);
    const sorted = [...totals].sort((one, other) => other[1] - one[1]);
    this.elements.legend.replaceChildren(...sorted.map(([hotkey, total]) => make("li", { title: hotkey }, [
      dot(hotkey), `${nameOf(hotkey, this.miners())} ${percent(total / this.tokens.length, 0)}`,
    ])));
  }

  #walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !this.tokens.length) return;
    event.preventDefault();
    this.#inspect(Math.min(this.tokens.length - 1, Math.max(0, this.at + step)));
  }

  #inspect(index) {
    this.tokens[this.at]?.element.classList.remove("at");
    this.at = index;
    const token = this.tokens[index];
    token.element.classList.add("at");
    const speakers = Object.entries(token.shares).sort((one, other) => other[1] - one[1])
      .map(([hotkey, share]) => `${nameOf(hotkey, this.miners())} ${percent(share, 0)} (gate ${percent(token.weights[hotkey], 0)})`);
    const drafted = token.drafter ? ` Drafted by ${nameOf(token.drafter, this.miners())}.` : "";
    this.elements.info.textContent = `Token ${index + 1} ${JSON.stringify(token.token)}: spoken by ${speakers.join(", ")}; probability ${percent(Math.exp(token.logprob))}.${drafted}`;
  }
}

