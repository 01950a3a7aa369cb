# Hashes of hashes, strings put together and taken apart. The one argument is how many keys.
use strict;
use warnings;

my $count = shift;
my $state = 1;
sub random { $state = ($state * 1103515245 + 12345) & 0x7fffffff; return $state % shift }

my %table;
for my $number (1 .. $count) {
    my $key = "key" . random($count);
    $table{$key}{count}++;
    push @{ $table{$key}{list} }, "value $number";
    $table{$key}{text} .= "$number,";
}
my $total = 0;
for my $key (sort keys %table) {
    my @parts = split /,/, $table{$key}{text};
    $total += scalar @parts;
    delete $table{$key} if random(3) == 0;
}
my @lines = map { join " ", map { "word" . random(1000) } 1 .. 10 } 1 .. $count / 10;
my %seen;
for my $line (@lines) {
    $seen{$_}++ for split / /, $line;
}
my $joined = join "\n", reverse sort @lines;
$joined =~ s/word(\d)/W$1/g;
print length($joined), " $total ", scalar(keys %seen), "\n";
