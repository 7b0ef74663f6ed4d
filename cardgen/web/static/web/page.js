// What pages do beside htmx: small, and of no loss where scripts are off.
"use strict";

document.addEventListener("click", (event) => {
  const asked = event.target.closest("[data-confirm]");
  if (asked && !window.confirm(asked.dataset.confirm)) event.preventDefault();
});

// A form is sent once: a second click while the first is on its way must not print twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.target === "_blank" || form.hasAttribute("hx-post")) return;
  for (const button of form.querySelectorAll("button")) {
    window.setTimeout(() => { button.disabled = true; }, 0);
    // What comes is a file, and the page stays: it may be wanted once more.
    if (form.hasAttribute("data-saves")) window.setTimeout(() => { button.disabled = false; }, 3000);
  }
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button:disabled:not([data-off])")) button.disabled = false;
});

// What is too large is told before it is sent, not after.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.type !== "file" || !input.dataset.mostMb) return;
  const sizes = Array.from(input.files, (file) => file.size / 1048576);
  const each = Number(input.dataset.eachMb), most = Number(input.dataset.mostMb);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  let fault = "";
  if (Math.max(0, ...sizes) > each) fault = `一个文件最多 ${each} MB。`;
  else if (all > most) fault = `一次最多 ${most} MB，选的有 ${Math.ceil(all)} MB：请分几次上传。`;
  input.setCustomValidity(fault);
  if (fault) input.reportValidity();
});

// What a page says when it comes is read out only if it comes a moment later; where a form was
// not taken, one goes on at the first field that is wrong.
const said = document.querySelector(".messages");
if (said) {
  const lines = Array.from(said.childNodes);
  said.style.minHeight = `${said.offsetHeight}px`;
  said.replaceChildren();
  window.setTimeout(() => said.replaceChildren(...lines), 100);
}
document.querySelector('main [aria-invalid="true"]')?.focus();

// The cells of a sheet come below the button that asks for them: one goes on there.
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.classList.contains("cells")) event.detail.target.querySelector("input[type=radio]")?.focus();
});
// What says the same as before is not read out again, each second.
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.textContent.trim() === fragment.textContent.trim()) event.detail.shouldSwap = false;
});

document.body.addEventListener("htmx:beforeRequest", () => {
  const trouble = document.getElementById("trouble");
  if (trouble) trouble.replaceChildren();
});
document.body.addEventListener("htmx:sendError", () => {
  const trouble = document.getElementById("trouble");
  if (!trouble) return;
  const said = document.createElement("p");
  said.className = "message error";
  said.textContent = "连不上办公室的电脑。请看它是不是开着，再试一次。";
  trouble.replaceChildren(said);
});
