// Asks the city for a code to show now (POST /api/v1/codes).

// Returns the answer's status and what it says: what was issued, or the code of a problem.
export async function askForCode(choice, token) {
  const general = choice.scenario === "general";
  const wanted = general ? { kind: "general" } : Object.assign({ kind: "scenario" }, choice);
  const answer = await fetch("/api/v1/codes", {
    method: "POST",
    headers: {
      "Accept-Language": document.documentElement.lang,
      "Content-Type": "application/json",
      "X-Form-Token": token,
    },
    body: JSON.stringify(wanted),
  });
  const said = await answer.json();
  return answer.ok
    ? { status: answer.status, issued: said, problem: null }
    : { status: answer.status, issued: null, problem: said.code };
}
