// The review: asks for what there is, fills the list, and opens the cluster that the address names.
import { get, withSecret } from "./server.js";
import { desk, isOpen, learnMarks } from "./desk.js";
import { setUp, widen } from "./filters.js";
import { looking, open, openNamed } from "./looking.js";
import { sayOfNothing } from "./showing.js";
import "./deciding.js";
import "./safe.js";
import "./keys.js";
import "./clear.js";
import "./rules.js";
import "./journal.js";
import { mayOpen } from "./metadata.js";
import { follow } from "./scan.js";

const known = await get("/api/overview");
withSecret(known.secret);
learnMarks(known);
sayOfNothing(known.said);
mayOpen(known.opens);
follow(known);
await setUp(known);

const named = () => decodeURIComponent(location.hash.slice(1));
const asItWas = { push: false };
if (!named() || !await openNamed(named(), widen, asItWas)) {
  await open(Math.max(looking.order.findIndex(isOpen), 0), asItWas);
}
window.addEventListener("popstate", () => {
  if (named() && named() !== looking.detail?.id && desk.count) openNamed(named(), widen, asItWas);
});
