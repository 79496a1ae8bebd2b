/**
 * Revokes all active sessions for the target user.
 * @param {string} userId - The Genesys Cloud user identifier.
 * @param {string} token - Valid OAuth access token.
 */
export async function revokeActiveSessions(userId, token) {
  const sessionUrl = `${GENESYS_DOMAIN}/api/v2/users/${userId}/sessions/revoke`;
  const res = await fetch(sessionUrl, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/json' }
  });

  if (res.status === 404) {
    console.log('No active sessions found to revoke.');
    return;
  }

  if (!res.ok) {
    throw new Error(`Session revocation failed (${res.status}): ${await res.text()}`);
  }

  console.log('Active sessions revoked successfully.');
}
