"""The demonstration's OpenID provider (演示身份提供方): made-up people, no passwords.

It belongs to a demonstration's directory and starts in no other. Everybody who can reach it can
be anybody: it shows the real protocol, and protects nothing.
"""
