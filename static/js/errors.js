// What went wrong is read first: the error summary takes the focus when a page or a part arrives.
"use strict";

function focusErrors(root) {
  root.querySelector(".error-summary")?.focus();
}

focusErrors(document);
document.addEventListener("htmx:afterSettle", (event) => focusErrors(event.target));
