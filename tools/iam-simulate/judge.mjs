// Judges requests by IAM policies, as AWS does, for the end-to-end tests. It reads one request a line from standard input and
// writes one verdict a line, in the same order:
//
//   {"principal": ARN, "policies": [{...}], "resourcePolicy": {...}, "action": "s3:GetObject", "resource": ARN, "context": {...}}
//   {"allowed": true, "by": ["arn:aws:s3:::bucket/*"], "error": ""}
//
// "by" holds the Resource elements of the identity policies that allow the request. "error" is set for an action that AWS does
// not have, and for a resource of a type that the action does not take.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

async function judge(r) {
  const answer = await runSimulation({
    identityPolicies: r.policies.map((policy, i) => ({ name: `policy-${i}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: r.resourcePolicy ?? undefined,
    request: {
      principal: r.principal,
      action: r.action,
      resource: { resource: r.resource, accountId: r.principal.split(':')[4] },
      contextVariables: r.context ?? {},
    },
  }, {})
  if (answer.resultType === 'error') {
    return { allowed: false, by: [], error: JSON.stringify(answer.errors) }
  }
  const statements = answer.result?.analysis.identityAnalysis?.allowStatements ?? []
  const by = statements.flatMap((s) => [s.explain.resources].flat()).filter((r) => r.matches).map((r) => r.resource)
  return { allowed: answer.overallResult === 'Allowed', by, error: '' }
}

for await (const line of createInterface({ input: process.stdin })) {
  let verdict
  try {
    verdict = await judge(JSON.parse(line))
  } catch (e) {
    verdict = { allowed: false, by: [], error: String(e) }
  }
  process.stdout.write(JSON.stringify(verdict) + '\n')
}
