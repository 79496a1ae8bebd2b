/**
 * Validates compliance readiness and triggers SCIM 2.0 user deletion.
 * @param {string} userId - The Genesys Cloud user identifier.
 * @param {string} token - Valid OAuth access token.
 */
export async function executeScimDelete(userId, token) {
  // Compliance check: verify user is not in a protected group or has pending audits
  // In production, query your internal compliance database here.
  const complianceReady = true;
  if (!complianceReady) {
    throw new Error('Compliance validation failed. User cannot be deprovisioned.');
  }

  const scimUrl = `${GENESYS_DOMAIN}/scim/v2/Users/${userId}`;
  const res = await fetch(scimUrl, {
    method: 'DELETE',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'X-Genesys-Soft-Delete': 'true'
    }
  });

  if (res.status === 204) {
    console.log('SCIM DELETE successful. User soft-deleted.');
    return true;
  }

  if (res.status === 404) {
    console.log('User already deleted or not found in SCIM directory.');
    return false;
  }

  throw new Error(`SCIM DELETE failed (${res.status}): ${await res.text()}`);
}
