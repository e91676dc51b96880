// The API's reference: Swagger UI over the document that the page names. A browser's session sends its CSRF token.
(() => {
  const place = document.getElementById("reference");
  const token = place.dataset.csrf;
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.document,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    requestInterceptor: (request) => {
      if (new URL(request.url, location.href).origin === location.origin) request.headers["X-CSRFToken"] = token;
      return request;
    },
  });
})();
