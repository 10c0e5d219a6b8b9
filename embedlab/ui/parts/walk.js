// For those who listen to the page: lists of the navigation that are lists.

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
  groupsAsLists();
  const sidebar = document.querySelector("[data-testid=stSidebar]");
  if (!sidebar || sidebar === watched) return;
  watched = sidebar;
  new MutationObserver(groupsAsLists).observe(sidebar, { childList: true, subtree: true });
}
