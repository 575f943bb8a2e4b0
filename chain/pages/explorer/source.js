// Where the facts come from: the node that served this page.
const STALE_MS = 25_000;

export async function ask(path, terms = {}) {
  const query = new URLSearchParams(Object.entries(terms).filter(([, term]) => term !== "" && term != null));
  const reply = await fetch(`api/${path}?${query}`);
  const told = await reply.json();
  if (!reply.ok) throw new Error(told.error ?? `The node answered ${reply.status}.`);
  return told;
}

// Calls back with the chain at a glance at every block, and with "live", "stale" or "lost".
export function follow(onChain, onHealth) {
  let heard = 0, source = null;
  const open = () => {
    source = new EventSource("api/live");
    source.addEventListener("message", (event) => {
      heard = Date.now();
      onHealth("live", heard);
      onChain(JSON.parse(event.data));
    });
    source.addEventListener("error", () => onHealth("lost", heard));
  };
  // Browsers keep few connections to one server: pages that nobody looks at must not hold one.
  document.addEventListener("visibilitychange", () => (document.hidden ? source.close() : open()));
  setInterval(() => heard && Date.now() - heard > STALE_MS && source.readyState === EventSource.OPEN && onHealth("stale", heard), 1000);
  open();
}
