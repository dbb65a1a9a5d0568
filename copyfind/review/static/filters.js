// Which clusters are in the list, and in which order: fields, and the same words in the address.
import { at, say } from "./elements.js";
import { get } from "./server.js";
import { listed, showList } from "./list.js";
import { looking, open } from "./looking.js";

const FIELDS = ["tier", "folder", "which", "format", "camera", "since", "until", "least", "sort"];

function asked() {
  const words = new URLSearchParams();
  for (const name of FIELDS) if (at(name).value.trim()) words.set(name, at(name).value.trim());
  return words.toString();
}

async function fetchOrder() {
  const words = asked();
  const told = await get(`/api/list?${words}`);
  if (!told || words !== asked()) return false;
  listed(told.order, words);
  at("listed").textContent = counted(told.order.length, "cluster");
  at("more-count").textContent = FIELDS.slice(3, 8).filter((name) => at(name).value).length || "";
  return true;
}

// The list as the fields ask; what is looked at stays, if it is in it.
export async function filter() {
  const before = looking.detail?.number;
  if (!await fetchOrder()) return;
  await open(Math.max(looking.order.indexOf(before), 0), { push: false });
  say(counted(looking.order.length, "cluster"));
}

// All clusters again.
export async function widen() {
  for (const name of FIELDS) if (name !== "sort") at(name).value = "";
  await fetchOrder();
}

// All clusters again, and what is looked at among them.
export async function clearFilters() {
  for (const name of FIELDS) if (name !== "sort") at(name).value = "";
  await filter();
}

export async function setUp({ head, choices }) {
  at("tier").append(make("option", { value: "" }, "all kinds"),
    ...Object.entries(head.tiers).filter(([, count]) => count).map(([tier, count]) =>
      make("option", { value: tier }, `${tier} (${count.toLocaleString("en")})`)));
  for (const name of ["format", "camera"]) {
    at(name).append(make("option", { value: "" }, `any ${name}`),
      ...choices[`${name}s`].map((value) => make("option", { value }, value)));
    at(name).closest("label").hidden = choices[`${name}s`].length < 2;
  }
  at("folders").append(...choices.folders.map((name) => make("option", { value: name })));
  const words = new URLSearchParams(location.search);
  for (const name of FIELDS) if (words.has(name)) at(name).value = words.get(name);
  if (FIELDS.slice(3, 8).some((name) => at(name).value)) at("more").open = true;
  let waiting;
  for (const name of ["folder", "least"]) {
    at(name).addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(filter, 150);
    });
  }
  for (const name of FIELDS) if (!["folder", "least"].includes(name)) at(name).addEventListener("change", filter);
  at("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = Number(at("number").value);
    if (!Number.isInteger(wanted) || wanted < 1 || !looking.order.length) return;
    showList(false);
    open(wanted - 1, { focus: true });
  });
  return fetchOrder();
}
