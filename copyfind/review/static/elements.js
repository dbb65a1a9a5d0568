// The elements of the page by their id, and the two ways of telling something in passing.

export const at = (id) => document.getElementById(id);
export const all = (selector) => document.querySelectorAll(selector);
export const on = (id, act) => at(id).addEventListener("click", act);

// For ears: what a choice came to.
export const say = (text) => { at("said").textContent = text; };

// For eyes too, above all else: what is outside of an open dialog lies below it, and is not read out.
let hiding;
export function warn(text) {
  const toast = at("toast");
  (document.querySelector("dialog[open]") ?? document.body).append(toast);
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { toast.hidden = true; }, 7000);
}
document.addEventListener("close", () => document.body.append(at("toast")), true);

export function button(text, act, style = "") {
  const made = make(`button${style}`, { type: "button" }, text);
  made.addEventListener("click", act);
  return made;
}

// Files by name with a reason each, and of how many there are none by name; of: what each stands for.
export function fileList(title, what, of = "file") {
  if (!what?.files) return null;
  const more = what.files - what.named.length;
  const name = `${counted(what.files, of)} ${title}`.trim();
  return make("details", { open: what.files <= 4 },
    make("summary", {}, name),
    make("ul.files", { tabindex: "0", "aria-label": name }, // so that keys scroll it
      ...what.named.map(({ path, reason }) => make("li", {}, make("bdi", {}, path), make("span.soft", {}, ` ${reason}`))),
      more > 0 ? make("li.soft", {}, `and ${more.toLocaleString("en")} more`) : null));
}
