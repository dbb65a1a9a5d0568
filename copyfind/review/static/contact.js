// All pictures of the cluster at once, as large as there is room for.
import { at } from "./elements.js";
import { decidedOf, isAway, keptOf } from "./desk.js";
import { draw, looking, onDraw } from "./looking.js";
import { midst } from "./midst.js";

const FEW = 9; // pictures that are shown in full size

function sheet(detail, member, place, kept) {
  const [kind, word] = decidedOf(detail, member) ?? (place === kept ? ["keep", "Keep"] : roleOf(member));
  const size = detail.members.length <= FEW && !isAway(detail, member) ? "full" : "thumbnail";
  const button = make("button", {
    type: "button",
    disabled: place === kept,
    "aria-current": place === looking.current ? "true" : false,
  }, make("img", { src: `/picture/${size}/${member.picture}`, alt: "", decoding: "async" }),
    make("span.caption", {}, make(`span.badge.${kind}`, {}, word), midst("b", member.name),
      midst("span.soft", detail.folders[member.folder]), make("span.soft", {}, factsOf(member))));
  button.addEventListener("click", () => { looking.current = place; draw(); });
  return make("li", {}, button);
}

export function paintContact() {
  const { detail } = looking;
  if (at("stage").dataset.view !== "all" || !detail) return at("contact").replaceChildren();
  const kept = keptOf(detail);
  const across = Math.ceil(Math.sqrt(detail.members.length));
  at("contact").style.setProperty("--across", across);
  at("contact").replaceChildren(...detail.members.map((member, place) => sheet(detail, member, place, kept)));
  at("contact").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

onDraw(paintContact);
