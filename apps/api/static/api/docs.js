"use strict";

// A file of its own: the page's content security policy allows no inline script.
window.ui = window.SwaggerUIBundle({
  dom_id: "#swagger",
  url: document.querySelector("#swagger").dataset.schema,
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
