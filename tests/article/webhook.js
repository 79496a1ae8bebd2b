/**
 * Sends deprovisioning notification to downstream systems.
 * @param {string} webhookUrl - Target webhook endpoint.
 * @param {Object} auditPayload - Structured audit data.
 */
export async function notifyDownstreamSystems(webhookUrl, auditPayload) {
  const maxRetries = 3;
  let attempt = 0;

  while (attempt < maxRetries) {
    const res = await fetch(webhookUrl, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(auditPayload)
    });

    if (res.ok) {
      console.log('Downstream webhook notification successful.');
      return;
    }

    if (res.status === 429) {
      const retryAfter = parseInt(res.headers.get('Retry-After') || '2', 10);
      console.warn(`Rate limited. Retrying in ${retryAfter}s...`);
      await new Promise(r => setTimeout(r, retryAfter * 1000));
      attempt++;
      continue;
    }

    throw new Error(`Webhook notification failed (${res.status}): ${await res.text()}`);
  }

  throw new Error('Webhook notification failed after maximum retries.');
}
