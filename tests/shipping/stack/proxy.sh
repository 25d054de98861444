# As the image nginx-unprivileged does: fills the variables of the environment into the templates, then serves.
set -e
export NGINX_LOCAL_RESOLVERS="$(sed -n 's/^nameserver //p' /etc/resolv.conf | head -n 1)"
names=$(env | sed -n 's/^\([A-Z_]*\)=.*/${\1}/p')
for template in /etc/nginx/templates/*.template; do
  envsubst "$names" < "$template" > "/etc/nginx/conf.d/$(basename "$template" .template)"
done
exec nginx -g 'daemon off;'
