// The token is shown while it is wanted: it is long, and easily mistyped.

const token = document.getElementById("token");

document.getElementById("shown")?.addEventListener("change", (event) => {
  token.type = event.target.checked ? "text" : "password";
});
