// Passkeys and security keys. A form with data-passkey is shown where the browser knows them; its
// button asks the key, and the answer is posted like any other field.
//   data-passkey="sign-in"   options are fetched from the form's address
//   data-passkey="get"       options stand in the JSON element named by data-passkey-options
//   data-passkey="create"    the same, to add a key

async function optionsOf(form) {
  if (form.dataset.passkey === "sign-in") {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`no options: ${answer.status}`);
    return (await answer.json()).request_options;
  }
  const data = JSON.parse(document.getElementById(form.dataset.passkeyOptions).textContent);
  return form.dataset.passkey === "create" ? data.creation_options : data.request_options;
}

async function askTheKey(form) {
  const options = await optionsOf(form);
  if (form.dataset.passkey !== "create") return window.webauthnJSON.get(options);
  const alone = form.elements.passwordless?.checked ?? false;
  Object.assign(options.publicKey.authenticatorSelection, {
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: alone,
    ...(alone ? { userVerification: "required" } : {}),
  });
  return window.webauthnJSON.create(options);
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const problem = form.querySelector("[role=alert]");
    form.hidden = false;
    form.querySelector("button[type=button]").addEventListener("click", async () => {
      problem.hidden = true;
      try {
        form.elements.credential.value = JSON.stringify(await askTheKey(form));
        form.submit();
      } catch (error) {
        console.error(error);
        problem.hidden = false;
      }
    });
  }
}
