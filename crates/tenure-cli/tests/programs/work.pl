my %count; my @rows;
for my $i (1 .. 60000) { my $key = join "-", $i % 97, $i % 13; $count{$key} .= chr(97 + $i % 26); push @rows, [$i, "row $i" x ($i % 5)]; }
my $text = join "\n", map { "$_ $count{$_}" } sort keys %count;
my $matches = () = $text =~ /([aeiou]{1,3})[^aeiou]+\1/g;
my @sorted = sort { length $a->[1] <=> length $b->[1] || $b->[0] <=> $a->[0] } @rows;
printf "%d %d %s\n", length $text, $matches, join ",", map { $_->[0] } @sorted[0 .. 20];
