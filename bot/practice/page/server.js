// The practice server, as a page reaches it: questions, deeds and what happens meanwhile.

/** The server answered, and the answer is no. */
export class Refused extends Error {
  constructor(status, why) {
    super(why);
    this.status = status;
  }
}

async function answered(request) {
  const response = await request;
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body.why ?? response.statusText);
  return body;
}

export function ask(path) {
  return answered(fetch(`/practice/${path}`, { cache: "no-store" }));
}

/** Do something: `given` is an object, or a form where files go along. */
export function act(path, given = {}) {
  const form = given instanceof FormData;
  return answered(
    fetch(`/practice/${path}`, {
      method: "POST",
      headers: form ? {} : { "Content-Type": "application/json" },
      body: form ? given : JSON.stringify(given),
    }),
  );
}

export function remove(path) {
  return answered(fetch(`/practice/${path}`, { method: "DELETE" }));
}

export function fileAddress(id) {
  return `/practice/files/${encodeURIComponent(id)}`;
}

const EVENTS = [
  "message", "edited", "deleted", "callback_answer",
  "clock", "people", "typing", "commands", "invitations", "troubles", "text",
];
const AGAIN = 1500;

/** Hear everything that happens; `opened` is called after each connection, `lost` when it breaks. */
export function listen({ heard, opened, lost }) {
  const source = new EventSource("/practice/events");
  source.onopen = opened;
  for (const name of EVENTS) {
    source.addEventListener(name, (event) => heard(name, JSON.parse(event.data)));
  }
  source.onerror = () => {
    // A browser gives up for good after some failures, so each try is a connection of its own.
    source.close();
    lost();
    setTimeout(() => listen({ heard, opened, lost }), AGAIN);
  };
}
