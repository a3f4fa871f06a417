// "Apply remedy": trains a verdict's patch as a new trial, and goes to its page.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-repair]");
  if (!button || button.disabled) return;
  const status = button.parentElement.querySelector("[role=status]");
  button.disabled = true;
  try {
    location.assign(`/trials/${await repaired(button.dataset.repair, button.dataset.check)}`);
  } catch (error) {
    status.textContent = `Not applied: ${error.message}`;
    button.disabled = false;
  }
});

// Resolves to the new trial's id.
async function repaired(url, check) {
  const reply = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ check }),
  });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.detail);
  return answer.id;
}
