// The only module that talks to the sandbox.

export async function state(query) {
  const wanted = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") wanted.set(name, value);
  }
  const reply = await fetch(`/sandbox/state?${wanted}`, { cache: "no-store" });
  if (!reply.ok) throw new Error(`state: ${reply.status}`);
  return reply.json();
}

export async function troubles() {
  const reply = await fetch("/sandbox/troubles", { cache: "no-store" });
  if (!reply.ok) throw new Error(`troubles: ${reply.status}`);
  return reply.json();
}

// Resolves to the answer's JSON; throws an Error whose message can be shown to a person.
export async function post(action, body, signal) {
  let reply;
  try {
    reply = await fetch(`/sandbox/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  const said = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Error(said.error || `The sandbox refused (${reply.status}).`);
  return said;
}

// Calls onChange whenever something happened, also after each new connection, since whatever
// happened while the line was down is only in the next snapshot.
export function listen(onChange, onLine) {
  const source = new EventSource("/sandbox/events");
  source.onopen = () => {
    onLine(true);
    onChange();
  };
  source.onmessage = () => onChange();
  source.onerror = () => {
    onLine(false);
    // A refused connection is not tried again by the browser itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(onChange, onLine), 1500);
  };
}
