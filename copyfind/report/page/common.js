// What both pages share: making elements from text (never from HTML), and numbers as people read them.
"use strict";

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

function shownBytes(count) {
  let value = count;
  for (const unit of UNITS) {
    if (Math.abs(value) < 999.5 || unit === "PB") {
      return `${unit === "B" || value >= 99.5 ? value.toFixed(0) : value.toFixed(1)} ${unit}`;
    }
    value /= 1000;
  }
  return "";
}

function counted(number, noun) {
  const many = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${number.toLocaleString("en")} ${number === 1 ? noun : many}`;
}

// make("p.soft", {title: "x"}, "text", otherElement): attributes are set, text is text.
function make(what, attributes, ...inside) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...inside.filter((part) => part !== null && part !== undefined));
  return element;
}

const ROLES = {
  keeper: ["keep", "Keep"],
  linked: ["link", "Hard link"],
  reference: ["keep", "Reference"],
};
const STANDINGS = {
  safe: ["copy", "Safe to clear"],
  consent: ["copy", "With your consent"],
};
const STAYING = {
  likely: ["like", "Likely a copy"],
  series: ["like", "Other shot"],
  unverified: ["like", "Looks alike"],
};

function roleOf(member) {
  return ROLES[member.role] ?? STANDINGS[member.standing] ?? STAYING[member.tier] ?? ["like", "Stays"];
}

function factsOf(member) {
  const size = member.width ? `${member.width}×${member.height}` : null;
  return [size, member.format, shownBytes(member.size)].filter(Boolean).join(" · ");
}
