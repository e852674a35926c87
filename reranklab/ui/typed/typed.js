/* Takes over what was typed where Streamlit would not: it waits for the focus to leave a field's box, buttons inside included,
   and forgets the text of a field that goes before that. */

const FIELDS = "[data-testid=stTextInput], [data-testid=stTextArea], [data-testid=stNumberInput]";
const SENT = 100;
/* Milliseconds in which Streamlit sends what it took over. */

export default function typed() {
  if (window.rerankLabTyped) return;
  window.rerankLabTyped = true;
  let left = -Infinity;

  document.addEventListener("focusout", (event) => {
    if (!boxOf(event.target)) return;
    left = performance.now();
    if (event.isTrusted && boxOf(event.target).contains(event.relatedTarget)) take(event.target);
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") take(event.target);
  }, true);

  /* Streamlit sends a change of the page at once, and so before the text: then the text's message calls the page back. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-testid=stPageLink] a");
    if (!event.isTrusted || !link || event.timeStamp - left > SENT) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    setTimeout(() => link.click(), SENT);
  }, true);
  let returning = false;
  window.addEventListener("popstate", (event) => {
    if (returning) {
      returning = false;
      return;
    }
    if (!event.isTrusted || !boxOf(document.activeElement)) return;
    event.stopImmediatePropagation();
    const asked = document.URL;
    take(document.activeElement);
    setTimeout(() => {
      if (document.URL === asked) {
        window.dispatchEvent(new PopStateEvent("popstate", { state: event.state }));
      } else { // the text's run was so fast that its page has put itself into the address again
        returning = true;
        history.back();
      }
    }, SENT);
  }, true);
}

function boxOf(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ? target.closest(FIELDS) : null;
}

/* To the field it looks as if the focus left for nowhere. */
function take(target) {
  if (boxOf(target)) target.dispatchEvent(new FocusEvent("focusout", { bubbles: true, composed: true }));
}
