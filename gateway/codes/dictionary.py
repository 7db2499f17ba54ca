"""Dictionary 1: what form 1 of the wire text assumes that both sides have already seen.

837 bytes, SHA-256 ``b58c6f3beb3d1ab3443c2ed8c6691df31d3917fb65c41179e5bfe2a30db3b2c7``,
most likely text last, as DEFLATE reaches it with the fewest bits. It is frozen: a new
dictionary is a new form byte. It stands here as text so that loading it needs no file.
"""

DICTIONARY_1 = (
    b'{"status":{"status_list":{"idx":,"uri":"https://credit..gov.cn/status/"}}}"nm":"*","'
    b'status":{"status_list":{"idx":"scn":"campus.sports","scn":"service.utility","scn":"r'
    b'etail.shopping","scn":"housing.rental","scn":"culture.museum","scn":"culture.library'
    b'","scn":"mobility.bike","scn":"mobility.car_rental","scn":"mobility.parking","scn":"'
    b'mobility.transit","scn":"dining.restaurant","scn":"travel.attraction","scn":"fitness'
    b'.gym","scn":"lodging.hotel","pol":"2027.1","nul":""pol":"2026.1","nm":""aud":"330100'
    b'","scn":""aud":"330700","scn":""aud":"330500","scn":""aud":"330400","scn":""aud":"33'
    b'0300","scn":"{"iss":"320500","iat":{"iss":"331100","iat":{"iss":"330100","iat":{"iss'
    b'":"330700","iat":{"iss":"330500","iat":{"iss":"330400","iat":{"iss":"330300","iat":1'
    b'8,"exp":18,"jti":"17,"exp":17,"jti":"","aud":"33","tier":3}","tier":2}","tier":1}'
)
"""The preset dictionary of the raw DEFLATE stream (window 32 KiB)."""
