// Texts shortened in their middle to the width there is: where a path begins, and how it ends.

const ruler = document.createElement("canvas").getContext("2d");
const END = 0.6; // of what is shown: names differ at their end more often than at their start

function cut(whole, most, width) {
  if (width(whole) <= most) return whole;
  const text = [...whole]; // letters, of which some are two in a string
  let [least, longest] = [1, text.length];
  while (least < longest) { // the most letters that fit
    const middle = Math.ceil((least + longest) / 2);
    if (width(shortened(text, middle)) <= most) least = middle;
    else longest = middle - 1;
  }
  return shortened(text, least);
}

function shortened(text, letters) {
  const end = Math.ceil(letters * END);
  return `${text.slice(0, letters - end).join("")}…${text.slice(text.length - end).join("")}`;
}

const wholes = new WeakMap();
const watching = new ResizeObserver((seen) => {
  for (const { target } of seen) fit(target);
});

function fit(element) {
  const whole = wholes.get(element);
  const most = element.clientWidth;
  if (!most) return;
  ruler.font = getComputedStyle(element).font;
  const shown = cut(whole, most, (text) => ruler.measureText(text).width);
  if (element.textContent !== shown) element.textContent = shown;
}

// An element like those of `make`, whose text is shortened as its width asks; whole in its title.
export function midst(what, text) {
  const element = make(what, { title: text, dir: "ltr" }, text);
  element.classList.add("midst");
  wholes.set(element, text);
  watching.observe(element);
  return element;
}
