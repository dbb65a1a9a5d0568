// The review: which cluster and picture is looked at, what is decided, and what that comes to.
"use strict";

(async () => {
  const at = (id) => document.getElementById(id);
  const known = await (await fetch("/api/overview")).json();
  const { clusters, folders, secret } = known;
  const lowered = folders.map((name) => name.toLowerCase());
  const places = new Map(clusters.map((cluster, place) => [cluster.id, place]));
  let choices = known.choices, totals = known.totals, steps = known.steps;
  let cleared = new Set(known.cleared);
  let chosen = clusters.map((_, number) => number); // clusters the filters let through
  let place = 0; // in `chosen`
  let detail = null; // the cluster looked at
  let current = 0; // its picture looked at
  let busy = false;

  const stage = makeStage(at("stage"), at("left-view"), at("right-view"), at("divider"), (zoom) => {
    at("out").disabled = zoom <= 1;
    at("fit").textContent = zoom > 1 ? `${zoom.toFixed(1)}×` : "Fit";
  });

  // ---- asking the server

  async function ask(path, body) {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Copyfind": secret },
      body: JSON.stringify(body ?? {}),
    }).catch(() => null);
    if (!answer) {
      warn("copyfind does not answer: the review was stopped. Start it again; your choices are kept.");
      return null;
    }
    const said = await answer.json().catch(() => ({ error: "something went wrong" }));
    if (said.error) {
      warn(said.error);
      return null;
    }
    return said;
  }

  let hiding;
  function warn(text) {
    at("toast").textContent = text;
    at("toast").hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => { at("toast").hidden = true; }, 7000);
  }

  const say = (text) => { at("said").textContent = text; };

  function learn(state) {
    choices = state.choices;
    totals = state.totals;
    steps = state.steps;
    cleared = new Set(state.cleared);
  }

  const details = new Map();
  function fetchDetail(number) {
    const { id } = clusters[number];
    if (!details.has(id)) {
      if (details.size > 40) details.delete(details.keys().next().value);
      details.set(id, fetch(`/api/cluster/${id}`).then((answer) => answer.json()));
    }
    return details.get(id);
  }

  // ---- what is decided

  const isAway = (member) => cleared.has(member.key);
  const needsChoice = ([key, kind]) => kind !== "k" && kind !== "s" && !choices[key] && !cleared.has(key);
  const isSkipped = (cluster) => choices[cluster.id] === "skip";
  const isOpen = (cluster) => !isSkipped(cluster) && cluster.members.some(needsChoice);

  function keptOf(members) {
    if (choices[members[0].key] !== "redundant" && !isAway(members[0])) return 0;
    const stays = (m) => m.keepable && !isAway(m);
    const named = members.findIndex((m) => choices[m.key] === "keep" && stays(m));
    return named >= 0 ? named : Math.max(members.findIndex((m) => !choices[m.key] && stays(m)), 0);
  }

  const CHOSEN = {
    keep: ["keep", "Keep"],
    redundant: ["copy", "Redundant"],
    "not-a-copy": ["like", "Not a copy"],
  };

  const AWAY = ["none", "Cleared away"];
  const decidedOf = (member) => (isAway(member) ? AWAY : CHOSEN[choices[member.key]]);

  // ---- showing a cluster

  async function open(next, { member = null, focus = false } = {}) {
    if (!chosen.length) {
      detail = null;
      draw();
      return;
    }
    place = clamp(next, 0, chosen.length - 1);
    const wanted = chosen[place];
    const found = await fetchDetail(wanted);
    if (chosen[place] !== wanted) return; // another was asked for meanwhile
    detail = found;
    history.replaceState(null, "", `#${found.id}`); // reloaded, the page is at this cluster again
    current = member ?? firstOpen(found.members);
    draw();
    if (focus) at("actions").focus({ preventScroll: true });
    if (place + 1 < chosen.length) {
      fetchDetail(chosen[place + 1]).then(({ members }) => {
        for (const one of members.slice(0, 2).filter((m) => !isAway(m))) new Image().src = `/picture/full/${one.picture}`;
      });
    }
  }

  function firstOpen(members) {
    const kept = keptOf(members);
    const undecided = members.findIndex((m, n) => n !== kept && !["linked", "reference"].includes(m.role) && !choices[m.key] && !isAway(m));
    if (undecided > 0) return undecided;
    return members.findIndex((_, n) => n !== kept);
  }

  function words(member, kept) {
    const decided = decidedOf(member);
    const [kind, word] = decided ?? (member === kept ? ["keep", "Keep"] : roleOf(member));
    const folder = detail.folders[member.folder];
    const because = member === kept
      ? (member.role === "keeper" ? `Kept: ${member.why}` : "Kept: your choice")
      : member.role === "keeper" ? `copyfind would keep it: ${member.why}` : member.why;
    const tied = member.to && detail.members[member.to] !== kept && member !== kept
      ? `, beside ${detail.members[member.to].name}` : "";
    return [
      make("p.title", {}, make(`span.badge.${kind}`, {}, decided || member === kept ? word : `${word}?`),
        make("bdi.name", { title: `${folder}/${member.name}` }, member.name),
        make("span.soft.folder", { title: folder }, make("bdi", { dir: "ltr" }, folder))),
      make("p", {}, make("span.because", {}, `${because}${tied}`)),
      member !== kept && member.differs.length
        ? make("ul.differs", {}, ...member.differs.map((text) => make("li", {}, text))) : "",
      make("p.soft", {}, [factsOf(member), `${member.taken ? "taken" : "written"} ${member.date}`].join(" · ")),
    ];
  }

  function draw() {
    const cluster = detail && clusters[chosen[place]];
    at("title").replaceChildren(...(detail
      ? [`${(place + 1).toLocaleString("en")} of ${chosen.length.toLocaleString("en")}`, " ",
        make("span.badge", {}, detail.proposal), isSkipped(cluster) ? make("span.badge.copy", {}, "skipped") : ""]
      : ["Nothing to look at"]));
    document.body.classList.toggle("empty", !detail);
    at("previous").disabled = !detail || place === 0;
    at("next").disabled = !detail || place + 1 >= chosen.length;
    const left = clusters.filter(isOpen).length;
    at("progress").style.width = `${clusters.length ? 100 * (1 - left / clusters.length) : 100}%`;
    at("totals").replaceChildren(
      make("b", {}, totals.files ? `${shownBytes(totals.bytes)} to gain` : "Nothing marked"),
      make("span.soft", {}, totals.files
        ? `${counted(totals.files, "file")} marked · ${left.toLocaleString("en")} undecided`
        : known.said));
    at("clear").disabled = !totals.files;
    const safe = safeHere().files;
    at("safe").hidden = !safe;
    at("safe").textContent = `Mark ${counted(safe, "safe copy")}…`;
    at("undo").disabled = !steps;
    for (const button of document.querySelectorAll("[data-choice], #swap, #skip")) button.disabled = !detail;
    if (!detail) {
      at("strip").replaceChildren();
      at("aligned").textContent = clusters.length ? "No cluster is like that." : "There are no copies here.";
      return;
    }
    const { members } = detail;
    const keptAt = keptOf(members);
    if (current === keptAt) current = members.findIndex((_, n) => n !== keptAt);
    const kept = members[keptAt], other = members[current];
    const aligned = showing(kept, other);
    at("left-words").replaceChildren(...words(kept, kept));
    at("right-words").replaceChildren(...words(other, kept));
    isAligned = aligned;
    sayAligned();
    for (const button of document.querySelectorAll("[data-choice]")) {
      button.setAttribute("aria-pressed", String(choices[other.key] === button.dataset.choice));
    }
    const away = isAway(other);
    for (const button of document.querySelectorAll("[data-choice]")) button.disabled = away;
    if (!other.clearable) document.querySelector('[data-choice="redundant"]').disabled = true;
    at("swap").disabled = !other.keepable || away;
    at("strip").replaceChildren(...members.map((member, number) => {
      const [kind, word] = decidedOf(member) ?? (number === keptAt ? ["keep", "Keep"] : ["none", "undecided"]);
      const button = make("button", {
        type: "button",
        "aria-label": `${member.name}: ${word}${number === keptAt ? ", shown as the kept one" : ""}`,
        "aria-current": number === current ? "true" : false,
        disabled: number === keptAt,
      }, make("img", { src: `/picture/thumbnail/${member.picture}`, alt: "" }), make(`i.${kind}`));
      button.addEventListener("click", () => { current = number; draw(); });
      return make("li", {}, button);
    }));
    at("strip").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  let isAligned = false;
  function sayAligned() {
    if (!detail) return;
    const side = at("stage").dataset.view === "side";
    at("aligned").textContent = isAligned
      ? (side ? "Aligned: both sides show the same spot." : "Aligned: laid where it fits.")
      : (side ? "Not aligned: both sides move alike." : "Not aligned: stretched over the kept one.");
  }

  let shown = "", wasAligned = false;
  function showing(kept, other) {
    const now = `${kept.key} ${other?.key}`;
    if (now !== shown) wasAligned = stage.show({ ...kept, away: isAway(kept) }, other && { ...other, away: isAway(other) });
    shown = now;
    return wasAligned;
  }

  // ---- deciding

  async function decide(changes, spoken) {
    if (busy) return false;
    busy = true;
    const state = await ask("/api/choose", { changes });
    busy = false;
    if (!state) return false;
    learn(state);
    say(`${spoken}. ${counted(totals.files, "file")} marked, ${shownBytes(totals.bytes)} to gain.`);
    return true;
  }

  function goOn() {
    const { members } = detail;
    const kept = keptOf(members);
    const open_ = (m, n) => n !== kept && !["linked", "reference"].includes(m.role) && !choices[m.key] && !isAway(m);
    const after = members.findIndex((m, n) => n > current && open_(m, n));
    const any = after >= 0 ? after : members.findIndex(open_);
    if (any >= 0) {
      current = any;
      draw();
    } else nextOpen();
  }

  function nextOpen() {
    const after = chosen.findIndex((number, n) => n > place && isOpen(clusters[number]));
    if (after >= 0) open(after);
    else {
      draw();
      if (!chosen.some((number) => isOpen(clusters[number]))) say("Everything here is decided.");
      else say("The clusters after this one are decided.");
    }
  }

  async function choose(choice) {
    const member = detail?.members[current];
    if (!member || isAway(member)) return;
    const again = choices[member.key] === choice; // pressed again, it is taken back
    const done = await decide({ [member.key]: again ? null : choice },
      again ? `${member.name}: undecided` : `${member.name}: ${CHOSEN[choice][1].toLowerCase()}`);
    if (!done) return;
    if (again) draw();
    else goOn();
  }

  async function swap() {
    const { members } = detail ?? {};
    if (!members || !members[current].keepable || isAway(members[current])) return;
    const before = members[keptOf(members)], after = members[current];
    if (await decide({ [after.key]: "keep", [before.key]: "redundant" }, `${after.name} is kept instead of ${before.name}`)) {
      current = members.indexOf(before);
      draw();
    }
  }

  async function skip() {
    if (!detail) return;
    const again = choices[detail.id] === "skip";
    if (await decide({ [detail.id]: again ? null : "skip" }, again ? "not skipped" : "skipped")) {
      if (again) draw();
      else nextOpen();
    }
  }

  async function undo() {
    if (busy || !steps) return;
    busy = true;
    const state = await ask("/api/undo");
    busy = false;
    if (!state) return;
    learn(state);
    say(`Undone. ${counted(totals.files, "file")} marked, ${shownBytes(totals.bytes)} to gain.`);
    const number = places.get(state.cluster);
    if (number === undefined) return draw();
    if (!chosen.includes(number)) clearFilters();
    await open(chosen.indexOf(number));
  }

  function step(by) {
    if (!detail) return;
    const { members } = detail;
    const kept = keptOf(members);
    let next = current + by;
    if (next === kept) next += by;
    if (next >= 0 && next < members.length) {
      current = next;
      draw();
    } else if (by > 0 && place + 1 < chosen.length) open(place + 1, { member: 1 });
    else if (by < 0 && place > 0) open(place - 1);
  }

  // ---- filters

  function filter() {
    const tier = at("tier").value, which = at("which").value;
    const text = at("folder").value.trim().toLowerCase();
    const fits = lowered.map((name) => name.includes(text));
    const before = detail?.id;
    chosen = [];
    clusters.forEach((cluster, number) => {
      const is = isSkipped(cluster) ? "skip" : isOpen(cluster) ? "open" : "done";
      if ((!tier || cluster.tier === tier) && (!which || which === is) && (!text || cluster.folders.some((f) => fits[f]))) {
        chosen.push(number);
      }
    });
    open(Math.max(chosen.indexOf(places.get(before)), 0));
    say(counted(chosen.length, "cluster"));
  }

  function clearFilters() {
    at("tier").value = at("folder").value = at("which").value = "";
    chosen = clusters.map((_, number) => number);
  }

  at("tier").append(make("option", { value: "" }, "all kinds"),
    ...Object.entries(known.head.tiers).filter(([, count]) => count).map(([tier, count]) =>
      make("option", { value: tier }, `${tier} (${count.toLocaleString("en")})`)));
  at("folders").append(...folders.slice(0, 200).map((name) => make("option", { value: name })));
  let waiting;
  at("folder").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 150);
  });
  for (const id of ["tier", "which"]) at(id).addEventListener("change", filter);
  at("filters").addEventListener("submit", (event) => event.preventDefault());

  // ---- buttons and keys

  function view(name) {
    for (const button of document.querySelectorAll("[data-view][aria-pressed]")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === name));
    }
    stage.view(name);
    sayAligned();
  }
  const VIEWS = ["side", "slider", "difference"];
  const turnView = () => view(VIEWS[(VIEWS.indexOf(at("stage").dataset.view) + 1) % VIEWS.length]);

  for (const button of document.querySelectorAll("[data-choice]")) {
    button.addEventListener("click", () => choose(button.dataset.choice));
  }
  for (const button of document.querySelectorAll("[data-view][aria-pressed]")) {
    button.addEventListener("click", () => view(button.dataset.view));
  }
  const on = (id, act) => at(id).addEventListener("click", act);
  on("swap", swap);
  on("skip", skip);
  on("undo", undo);
  on("previous", () => open(place - 1));
  on("next", () => open(place + 1));
  on("in", () => stage.zoom(1.5));
  on("out", () => stage.zoom(1 / 1.5));
  on("fit", () => stage.zoom(0));

  const KEYS = {
    k: () => choose("keep"),
    r: () => detail?.members[current]?.clearable ? choose("redundant")
      : detail && warn("Nothing proves that this is a copy, so it stays."),
    x: () => choose("not-a-copy"),
    b: swap,
    s: skip,
    u: undo,
    n: () => open(place + 1),
    p: () => open(place - 1),
    v: turnView,
    "?": () => help(),
    "+": () => stage.zoom(1.5),
    "=": () => stage.zoom(1.5),
    "-": () => stage.zoom(1 / 1.5),
    0: () => stage.zoom(0),
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
  };
  const remembered = (() => { try { return localStorage.getItem("letter keys"); } catch { return null; } })();
  at("keys").checked = remembered !== "off";
  at("keys").addEventListener("change", () => {
    try { localStorage.setItem("letter keys", at("keys").checked ? "on" : "off"); } catch { /* private window */ }
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("select, textarea, input:not([type=range])")) return;
    if (event.target.closest("input") && event.key.startsWith("Arrow")) return; // the divider's
    if (event.ctrlKey) {
      if (event.key === "z") {
        event.preventDefault();
        undo();
      }
      return;
    }
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || (event.key.length === 1 && !at("keys").checked)) return;
    event.preventDefault();
    if (!event.repeat || /^[-+=]|Arrow/.test(event.key)) act();
  });

  // ---- help, and many at a time

  function safeHere() {
    const open_ = chosen.map((number) => clusters[number]).filter((cluster) => !isSkipped(cluster));
    const files = open_.reduce((sum, c) => sum + c.members.filter((m) => m[1] === "f" && needsChoice(m)).length, 0);
    return { files, ids: open_.map((cluster) => cluster.id) };
  }

  const help = () => at("help-dialog").showModal();
  on("help", help);
  on("safe", () => {
    const { files } = safeHere();
    at("many-words").textContent =
      `${counted(files, "undecided copy")} in the clusters shown now ${files === 1 ? "has" : "have"} the very bytes or pixels of a picture that is kept there.`;
    at("many-dialog").showModal();
  });
  on("many", async () => {
    const { files, ids } = safeHere();
    const state = await ask("/api/mark-safe", { clusters: ids });
    at("many-dialog").close();
    if (!state) return;
    learn(state);
    say(`${counted(files, "file")} marked redundant. Undo takes it back.`);
    if (isOpen(clusters[chosen[place]])) draw();
    else nextOpen();
  });

  // ---- clearing away

  const clear = makeClearing({
    ask,
    learned(state) {
      learn(state);
      shown = "";
      draw();
    },
  });
  on("clear", clear);

  await open(places.get(location.hash.slice(1)) ?? Math.max(clusters.findIndex(isOpen), 0));
})();
