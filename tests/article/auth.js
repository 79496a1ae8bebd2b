import dotenv from 'dotenv';
dotenv.config();

const GENESYS_DOMAIN = process.env.GENESYS_DOMAIN || 'https://api.mypurecloud.com';
const CLIENT_ID = process.env.GENESYS_CLIENT_ID;
const CLIENT_SECRET = process.env.GENESYS_CLIENT_SECRET;

let tokenCache = { accessToken: null, expiresAt: 0 };

/**
 * Retrieves a valid OAuth 2.0 access token from Genesys Cloud.
 * Implements token caching and automatic refresh.
 */
export async function getAccessToken() {
  if (tokenCache.accessToken && Date.now() < tokenCache.expiresAt) {
    return tokenCache.accessToken;
  }

  const tokenUrl = `${GENESYS_DOMAIN}/oauth/token`;
  const payload = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    scope: 'user:read user:write queue:read queue:write identity:read identity:write analytics:read scim:write'
  });

  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: payload
  });

  if (!response.ok) {
    const errorBody = await response.text();
    throw new Error(`OAuth token request failed (${response.status}): ${errorBody}`);
  }

  const data = await response.json();
  tokenCache.accessToken = data.access_token;
  tokenCache.expiresAt = Date.now() + (data.expires_in * 1000) - 5000; // Refresh 5s early
  return tokenCache.accessToken;
}
