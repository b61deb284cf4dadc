# Greets.
echo "Hello, world!"
