/**
 * Removes user from queues and assigned roles to resolve foreign key constraints.
 * @param {string} userId - The Genesys Cloud user identifier.
 * @param {string} token - Valid OAuth access token.
 */
export async function resolveForeignKeys(userId, token) {
  const userUrl = `${GENESYS_DOMAIN}/api/v2/users/${userId}`;
  const userRes = await fetch(userUrl, {
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/json' }
  });

  if (!userRes.ok) {
    throw new Error(`User fetch failed (${userRes.status}): ${await userRes.text()}`);
  }
  const user = await userRes.json();

  // Remove from queues
  if (user.queues && user.queues.length > 0) {
    for (const queueId of user.queues) {
      const queueUrl = `${GENESYS_DOMAIN}/api/v2/queue/users/${userId}`;
      const queueRes = await fetch(queueUrl, {
        method: 'DELETE',
        headers: { Authorization: `Bearer ${token}` }
      });
      if (queueRes.status !== 204 && !queueRes.ok) {
        console.warn(`Warning: Queue removal returned ${queueRes.status} for ${queueId}`);
      }
    }
  }

  // Remove roles
  if (user.roles && user.roles.length > 0) {
    const roleUrl = `${GENESYS_DOMAIN}/api/v2/identity/users/${userId}/roles`;
    const roleRes = await fetch(roleUrl, {
      method: 'PATCH',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        Accept: 'application/json'
      },
      body: JSON.stringify({ remove: user.roles })
    });

    if (!roleRes.ok) {
      throw new Error(`Role removal failed (${roleRes.status}): ${await roleRes.text()}`);
    }
  }

  console.log('Foreign key constraints resolved. Roles and queue memberships cleared.');
}
