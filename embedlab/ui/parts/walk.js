// For those who walk by keyboard or listen: a first link that leads past the navigation, and lists that are lists.

const SKIP = "em-skip";

function skipLink() {
  if (document.getElementById(SKIP)) return;
  const link = document.createElement("a");
  link.id = SKIP;
  link.href = "#";
  link.textContent = "Skip to the content";
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const main = document.querySelector("[data-testid=stMain]");
    main.tabIndex = -1;
    main.focus();
  });
  document.body.prepend(link);
}

// The navigation is one list whose groups are no items of it: each group is a list of its own instead.
function groupsAsLists() {
  const all = document.querySelector("[data-testid=stSidebarNavItems]");
  if (!all) return;
  const groups = [...all.children].filter((child) => child.tagName === "DIV");
  if (groups.length === 0) return;
  all.setAttribute("role", "presentation");
  for (const group of groups) group.setAttribute("role", "list");
  for (const item of all.children) if (item.tagName === "LI") item.setAttribute("role", "presentation");
}

let watched;

export default function walk() {
  skipLink();
  groupsAsLists();
  const sidebar = document.querySelector("[data-testid=stSidebar]");
  if (!sidebar || sidebar === watched) return;
  watched = sidebar;
  new MutationObserver(groupsAsLists).observe(sidebar, { childList: true, subtree: true });
}
