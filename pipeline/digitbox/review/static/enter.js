// The token is shown while it is wanted: it is long, and easily mistyped. Who logs out leaves nothing behind.

const token = document.getElementById("token");

document.getElementById("shown")?.addEventListener("change", (event) => {
  token.type = event.target.checked ? "text" : "password";
});

// The name that somebody has given on /review.
document.querySelector('form[action="/leave"]')?.addEventListener("submit", () => localStorage.clear());
