// Passkeys. A form with data-passkey is shown only where the browser has them. Its
// button asks the server what to ask for, the browser for a passkey, and posts the
// answer as an ordinary form; without this script people use their password.
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (b) => b && btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const asked = (o) => {
    const k = o.publicKey;
    k.challenge = bytes(k.challenge);
    if (k.user) k.user.id = bytes(k.user.id);
    for (const c of [...(k.allowCredentials || []), ...(k.excludeCredentials || [])]) c.id = bytes(c.id);
    return o;
  };
  const answer = (c) => {
    const r = c.response, out = { clientDataJSON: text(r.clientDataJSON) };
    if (r.attestationObject) {
      out.attestationObject = text(r.attestationObject);
      out.transports = r.getTransports ? r.getTransports() : [];
    } else {
      out.authenticatorData = text(r.authenticatorData);
      out.signature = text(r.signature);
      if (r.userHandle) out.userHandle = text(r.userHandle);
    }
    return JSON.stringify({ id: c.id, rawId: text(c.rawId), type: c.type, response: out, clientExtensionResults: {} });
  };

  const words = {
    InvalidStateError: "This device has a passkey of yours already.",
    Certificate: "The browser does not trust this site's certificate, so it keeps passkeys from it. Let it trust the server's authority, or use your password.",
    NotAllowedError: "Nothing was done: it was cancelled, or took too long. Try again.",
    SecurityError: "Passkeys do not work at this address. Use the site's name, over HTTPS.",
  };
  const run = async (form, say) => {
    const res = await fetch(form.dataset.passkey, { method: "POST" });
    if (!(res.headers.get("Content-Type") || "").startsWith("application/json")) return location.reload();
    const got = await res.json();
    if (!res.ok) return got.confirm ? location.assign(got.confirm) : say(got.message + " " + got.hint);
    const o = asked(got);
    const made = o.publicKey.user ? await navigator.credentials.create(o) : await navigator.credentials.get(o);
    form.elements.credential.value = answer(made);
    form.submit();
  };

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    const button = form.querySelector("[data-go]"), why = form.querySelector("[data-why]");
    const say = (t) => {
      why.textContent = t;
      button.disabled = false;
    };
    const go = (e) => {
      e.preventDefault();
      if (!form.reportValidity()) return;
      button.disabled = true;
      why.textContent = "";
      run(form, say).catch((e) => say(words[/certificate/i.test(e.message) ? "Certificate" : e.name] || "It did not work. Try again, or use your password."));
    };
    button.addEventListener("click", go);
    form.addEventListener("submit", go);
    form.hidden = false;
  });
  document.querySelectorAll("[data-with-passkey]").forEach((e) => (e.hidden = false));
  document.querySelectorAll("[data-without-passkey]").forEach((e) => (e.hidden = true));
  if (document.querySelector("form[data-passkey].first")) document.querySelectorAll("[data-second]").forEach((b) => b.classList.remove("main"));
})();
