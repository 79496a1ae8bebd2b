/**
 * Archives conversation history for a specific user.
 * @param {string} userId - The Genesys Cloud user identifier.
 * @param {string} token - Valid OAuth access token.
 * @returns {Promise<Array>} - Array of archived conversation records.
 */
export async function archiveInteractionHistory(userId, token) {
  const queryUrl = `${GENESYS_DOMAIN}/api/v2/analytics/conversations/details/query`;
  const archive = [];
  let hasNext = true;
  let nextPageToken = null;

  while (hasNext) {
    const payload = {
      pageSize: 100,
      nextPageSequence: nextPageToken,
      where: `userId="${userId}"`,
      interval: 'P365D',
      groupBy: ['conversationId'],
      metrics: ['conversationDuration', 'wrapUpDuration']
    };

    const res = await fetch(queryUrl, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        Accept: 'application/json'
      },
      body: JSON.stringify(payload)
    });

    if (!res.ok) {
      throw new Error(`Analytics query failed (${res.status}): ${await res.text()}`);
    }

    const data = await res.json();
    if (data.entities) {
      archive.push(...data.entities);
    }
    nextPageToken = data.nextPageSequence;
    hasNext = !!nextPageToken;
  }

  console.log(`Archived ${archive.length} conversation records for user ${userId}.`);
  return archive;
}
