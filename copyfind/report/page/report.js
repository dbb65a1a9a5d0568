// The report: everything is in the page; a page of clusters is drawn at a time.
"use strict";

(() => {
  const at = (id) => document.getElementById(id);
  const all = JSON.parse(at("findings").textContent);
  const { clusters, folders, head, chunk } = all;
  const searched = clusters.map(({ members }) =>
    members.map((m) => `${folders[m.folder].name}/${m.name}`).join("\n").toLowerCase());
  const orders = {
    given: null,
    gain: (a, b) => clusters[b].gain - clusters[a].gain || a - b,
    members: (a, b) => clusters[b].members.length - clusters[a].members.length || a - b,
    path: (a, b) => (searched[a] < searched[b] ? -1 : 1),
  };
  let chosen = clusters.map((_, number) => number);
  let first = 0;

  // Thumbnails lie in blocks of JSON further down, read when one of them is shown.
  const blocks = new Map();
  const late = new Map(); // images whose block has not arrived yet
  function source(number) {
    const block = Math.floor(number / chunk);
    if (!blocks.has(block)) {
      const held = at(`pictures-${block}`);
      // Until the page has arrived whole, the last block may be there in part.
      if (!held || (block > 0 && document.readyState === "loading")) return undefined;
      blocks.set(block, JSON.parse(held.textContent));
    }
    const jpeg = blocks.get(block)[number % chunk];
    return jpeg ? `data:image/jpeg;base64,${jpeg}` : null;
  }

  function picture(member) {
    const well = make("div.well");
    const image = make("img", { alt: "", loading: "lazy", decoding: "async" });
    const url = member.picture === null ? null : source(member.picture);
    if (url === null) {
      well.append(make("span.none", {}, "no picture of it could be made"));
    } else {
      well.append(image);
      if (url === undefined) late.set(image, member.picture);
      else image.src = url;
    }
    return well;
  }

  function figure(member, cluster) {
    const [kind, word] = roleOf(member);
    const folder = folders[member.folder];
    const tied = member.to ? `beside ${cluster.members[member.to].name}: ` : "";
    const similar = member.similarity === null || ["identical", "same-pixels"].includes(member.tier)
      ? null : `similarity ${member.similarity.toFixed(2)}`;
    return make(`figure${member.role === "keeper" ? ".kept" : ""}`, {},
      picture(member),
      make("figcaption", {},
        make("a.name", { href: `${folder.url}/${member.link}`, rel: "noreferrer" }, make("bdi", {}, member.name)),
        make(`span.badge.${kind}`, {}, word),
        make("p.soft", {}, make("bdi", {}, folder.name)),
        make("p", {}, `${factsOf(member)} · ${member.taken ? "taken" : "written"} ${member.date}`),
        make("p", {}, make("strong", {}, member.role === "keeper" ? "Kept: " : ""), tied, member.why),
        member.differs.length || similar
          ? make("ul", {}, ...[...member.differs, similar].filter(Boolean).map((text) => make("li", {}, text)))
          : null));
  }

  function block(number) {
    const cluster = clusters[number];
    const [kept, ...others] = cluster.members;
    const gain = cluster.gain ? ` · ${shownBytes(cluster.gain)}` : "";
    return make("article.cluster", { "aria-labelledby": `c${number}` },
      make("header", {},
        make("h2", { id: `c${number}` }, `${cluster.number.toLocaleString("en")}. ${cluster.proposal}${gain}`),
        make("span.id", {}, cluster.id)),
      make("div.members", {}, figure(kept, cluster),
        make("div.others", {}, ...others.map((member) => figure(member, cluster)))));
  }

  function draw() {
    const step = Number(at("step").value);
    const shown = chosen.slice(first, first + step);
    late.clear();
    at("clusters").replaceChildren(...shown.map(block));
    const gain = chosen.reduce((sum, number) => sum + clusters[number].gain, 0);
    at("count").textContent = chosen.length
      ? `${counted(chosen.length, "cluster")}, ${shownBytes(gain)} may go`
      : "No cluster is like that.";
    at("pages").hidden = chosen.length <= step;
    at("place").textContent =
      `${(first + 1).toLocaleString("en")} to ${(first + shown.length).toLocaleString("en")} of ${chosen.length.toLocaleString("en")}`;
    at("before").disabled = first === 0;
    at("after").disabled = first + step >= chosen.length;
  }

  function choose() {
    const tier = at("tier").value;
    const text = at("text").value.trim().toLowerCase();
    chosen = [];
    clusters.forEach((cluster, number) => {
      if ((!tier || cluster.tier === tier) && (!text || searched[number].includes(text))) chosen.push(number);
    });
    const order = orders[at("order").value];
    if (order) chosen.sort(order);
    first = 0;
    draw();
  }

  function turn(by) {
    first = Math.max(0, first + by * Number(at("step").value));
    draw();
    at("clusters").focus({ preventScroll: true });
    at("count").scrollIntoView({ block: "start" });
  }

  at("tier").append(make("option", { value: "" }, "all kinds"),
    ...Object.entries(head.tiers).filter(([, count]) => count).map(([tier, count]) =>
      make("option", { value: tier }, `${tier} (${count.toLocaleString("en")})`)));
  for (const id of ["tier", "order", "step"]) at(id).addEventListener("change", choose);
  let waiting;
  at("text").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(choose, 120);
  });
  at("tools").addEventListener("submit", (event) => event.preventDefault());
  at("before").addEventListener("click", () => turn(-1));
  at("after").addEventListener("click", () => turn(1));
  document.addEventListener("DOMContentLoaded", () => {
    for (const [image, number] of late) {
      const url = source(number);
      if (url) image.src = url;
    }
  });
  // A printer does not scroll: what is lazy must be there before.
  addEventListener("beforeprint", () => {
    for (const image of document.images) image.loading = "eager";
  });
  at("tools").hidden = clusters.length < 2;
  draw();
})();
