// The words below a picture: its name and folder, why it is here, how it differs.
import { decidedOf } from "./desk.js";
import { midst } from "./midst.js";

export function wordsOf(detail, member, kept) {
  const decided = decidedOf(detail, member);
  const [kind, word] = decided ?? (member === kept ? ["keep", "Keep"] : roleOf(member));
  const folder = detail.folders[member.folder];
  const because = member === kept
    ? (member.role === "keeper" ? `Kept: ${member.why}` : "Kept: your choice")
    : member.role === "keeper" ? `copyfind would keep it: ${member.why}` : member.why;
  const tied = member.to && detail.members[member.to] !== kept && member !== kept
    ? `, beside ${detail.members[member.to].name}` : "";
  return [
    make("p.title", {}, make(`span.badge.${kind}`, {}, decided || member === kept ? word : `${word}?`),
      midst("bdi.name", member.name)),
    make("p.where-it-is", {}, make("span.unseen", {}, "in "), midst("bdi.folder", folder)),
    make("p", {}, make("span.because", {}, `${because}${tied}`)),
    member !== kept && member.differs.length
      ? make("ul.differs", {}, ...member.differs.map((text) => make("li", {}, text))) : "",
    make("p.soft", {}, [factsOf(member), `${member.taken ? "taken" : "written"} ${member.date}`].join(" · ")),
  ];
}
