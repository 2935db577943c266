#include <stdio.h>

int main(void)
{
    puts("hello from a machine of my own");
    return 0;
}
