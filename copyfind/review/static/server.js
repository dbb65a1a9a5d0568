// Asking the server: reading, and changing, for which it wants the secret that only the page knows.
import { warn } from "./elements.js";

let secret = "";
export const withSecret = (told) => { secret = told; };

const GONE = "copyfind does not answer: the review was stopped. Start it again; your choices are kept.";

async function answered(request) {
  const answer = await request.catch(() => null);
  if (!answer) {
    warn(GONE);
    return null;
  }
  const said = await answer.json().catch(() => ({ error: "something went wrong" }));
  if (said.error) {
    warn(said.error);
    return null;
  }
  return said;
}

export const get = (path) => answered(fetch(path));

// Asked in the background: an answer that does not come is told by whoever asks for more.
export const peek = (path) => fetch(path).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);

export const post = (path, body) => answered(fetch(path, {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-Copyfind": secret },
  body: JSON.stringify(body ?? {}),
}));
