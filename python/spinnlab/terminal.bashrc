# What a terminal of the lab begins with: the files of a login shell, as Jupyter starts one where no
# terminal is around it, and after them the command spinnlab, which /etc/profile drops from PATH.
[ -r /etc/profile ] && . /etc/profile
if [ -r ~/.bash_profile ]; then . ~/.bash_profile
elif [ -r ~/.bash_login ]; then . ~/.bash_login
elif [ -r ~/.profile ]; then . ~/.profile
elif [ -r ~/.bashrc ]; then . ~/.bashrc
fi
# Not the folder that it is in: python and pip there are the server's.
command -v spinnlab > /dev/null || spinnlab() { "$SPINNLAB_COMMAND" "$@"; }
for spinnlab_name in cle-nginx cle-start cle-kill; do
    command -v "$spinnlab_name" > /dev/null ||
        eval "$spinnlab_name() { \"\${SPINNLAB_COMMAND%/*}/$spinnlab_name\" \"\$@\"; }"
done
unset spinnlab_name
