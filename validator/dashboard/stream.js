// The validator's state, as it changes; says when it has gone quiet.
const STALE_MS = 15_000;

export function follow(onState, onHealth) {
  let heard = 0;
  const source = new EventSource("/events");
  source.addEventListener("status", (event) => {
    heard = Date.now();
    const state = JSON.parse(event.data);
    onHealth(state.chain.connected ? "live" : "no-chain", 0);
    onState(state);
  });
  source.addEventListener("error", () => onHealth("lost", heard));
  setInterval(() => {
    if (heard && Date.now() - heard > STALE_MS) onHealth("stale", heard);
  }, 1000);
}

// Server-sent events of a POST, one parsed object at a time.
export async function* postEvents(url, body, signal) {
  const response = await fetch(url, {
    method: "POST", signal, body: JSON.stringify(body), headers: { "content-type": "application/json" },
  });
  if (!response.ok) throw new Error((await response.json()).error?.message ?? `HTTP ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (held + value).split("\n\n");
    held = parts.pop();
    for (const part of parts) {
      const data = part.startsWith("data: ") ? part.slice(6) : null;
      if (data === "[DONE]") return;
      if (data) yield JSON.parse(data);
    }
  }
}
