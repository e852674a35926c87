/* Takes over what was typed where Streamlit would not: it waits for the focus to leave a field's box, buttons inside included,
   and forgets the text of a field that goes before that. */

const FIELDS = "[data-testid=stTextInput], [data-testid=stTextArea], [data-testid=stNumberInput]";
const SENT = 100;
/* Milliseconds in which Streamlit sends what it took over. */

export default function typed({ data, setStateValue }) {
  window.rerankLabTyped ??= listen();
  window.rerankLabTyped(data, setStateValue);
}

/* What to call when a page has been drawn. */
function listen() {
  let edited = null; // the field, with its page, whose text Streamlit does not have
  let left = null; // the field whose text it took over last, and when
  let asked = null; // the page that was asked for and is not drawn yet
  let late = null; // the field of a page that is left, until the server has its text
  let number = 0;

  document.addEventListener("input", ({ target }) => {
    if (boxOf(target) && target !== late?.field) edited = { field: target, page: pageOf(location) };
  }, true);
  document.addEventListener("focusout", (event) => {
    const { target } = event;
    if (!boxOf(target)) return;
    if (target === late?.field && asked !== null && asked !== late.page) {
      event.stopImmediatePropagation(); // its message would call the page back
      return;
    }
    if (target === edited?.field) {
      left = { ...edited, at: performance.now() };
      edited = null;
    }
    if (event.isTrusted && boxOf(target).contains(event.relatedTarget)) take(target);
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") take(event.target);
  }, true);

  const unsure = () => edited ?? (left && performance.now() - left.at < SENT ? left : null);

  function go(page, field) {
    asked = page;
    if (!field?.field.isConnected || field.page === page) return;
    number += 1;
    late = { ...field, number, name: nameOf(field.field) };
    edited = null;
  }

  /* Streamlit sends a change of the page at once, and so before the text: then the text's message calls the page back. The
     server may take the change before it has begun with the text, which is why the text is kept as well. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-testid=stPageLink] a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const field = unsure();
    if (!event.isTrusted || !field) {
      asked = pageOf(link);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    setTimeout(() => {
      go(pageOf(link), field);
      link.click();
    }, SENT);
  }, true);
  /* On the way back Streamlit has asked for the other page before anybody else hears of it. */
  window.addEventListener("popstate", () => go(pageOf(location), unsure()));

  /* A page that was left may still be drawn. What it sent would call it back. */
  return function drawn({ page, taken }, setStateValue) {
    if (taken === late?.number) late = null;
    if (asked !== null && asked !== page) return;
    asked = null;
    if (late && (page !== late.page || !late.field.isConnected)) {
      setStateValue("late", { number: late.number, page: late.page, field: late.name, text: late.field.value });
    }
  };
}

function boxOf(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ? target.closest(FIELDS) : null;
}

/* As the server names it: the last part of the address. */
function pageOf({ pathname }) {
  return pathname.split("/").pop();
}

/* The widget's key. */
function nameOf(field) {
  const mark = "st-key-";
  const box = field.closest(`[class*=${mark}]`);
  return [...(box?.classList ?? [])].find((name) => name.startsWith(mark))?.slice(mark.length) ?? "";
}

/* To the field it looks as if the focus left for nowhere. */
function take(target) {
  if (boxOf(target)) target.dispatchEvent(new FocusEvent("focusout", { bubbles: true, composed: true }));
}
